// Starts actions as the host does: two lines on stdin, fd 3 for the result.
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const WRAPPER = fileURLToPath(new URL('../../../src/wrappers/node.cjs', import.meta.url));
export const FOLDER = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'aside-node-')));
process.on('exit', () => fs.rmSync(FOLDER, { recursive: true }));

/** Canonical JSON: the frame's only escapes are \uXXXX. A Buffer may hold any bytes. */
export function text(value) {
  if (Buffer.isBuffer(value)) {
    let out = '';
    for (let at = 0; at < value.length; ) {
      const size = [1, 2, 3, 4].find((n) => {
        const piece = value.subarray(at, at + n);
        return piece.length === n && Buffer.from(piece.toString()).equals(piece) && [...piece.toString()].length === 1;
      });
      out += size ? escape(value.subarray(at, at + size).toString()) : `\\udc${value[at].toString(16)}`;
      at += size ?? 1;
    }
    return `"${out}"`;
  }
  if (typeof value === 'string') return `"${escape(value)}"`;
  if (Array.isArray(value)) return `[${value.map(text)}]`;
  if (value && typeof value === 'object') {
    return `{${Object.entries(value).map(([name, item]) => `${text(name)}:${text(item)}`)}}`;
  }
  return JSON.stringify(value);
}

const escape = (string) =>
  string.replace(/["\\\x00-\x1f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

export function frame(secrets, parameters = {}, compat = false) {
  const input = { parameters, execution: { id: 'e1', action: 'pack.name', attempt: 1 } };
  if (compat) input.compat = { env_secrets: true };
  return `${text(secrets)}\n${text(input)}\n`;
}

let count = 0;
export function action(code, name = 'action.mjs', folder = path.join(FOLDER, String((count += 1)))) {
  fs.mkdirSync(folder, { recursive: true });
  fs.writeFileSync(path.join(folder, name), code);
  return path.join(folder, name);
}

/** Runs an action to its end. */
export function run(file, { args = [], secrets = {}, params, compat, code, stdin, env = {} } = {}) {
  const all = { PATH: process.env.PATH, LANG: 'C.UTF-8', ASIDE_RESULT_FD: '3', ...env };
  const stdio = ['pipe', 'pipe', 'pipe', 'pipe'];
  if (code !== undefined) {
    const spare = action(code, 'spare');
    stdio.push(fs.openSync(spare));
    fs.unlinkSync(spare);
    all.ASIDE_CODE_FD = '4';
  }
  const child = spawn(process.execPath, [WRAPPER, file, ...args], { env: all, stdio });
  if (stdio[4] !== undefined) fs.closeSync(stdio[4]);
  child.stdin.on('error', () => {});
  child.stdin.end(stdin ?? frame(secrets, params, compat));
  const texts = ['', '', '', ''];
  for (const fd of [1, 2, 3]) child.stdio[fd].setEncoding('utf8').on('data', (chunk) => { texts[fd] += chunk; });
  return new Promise((resolve) => {
    child.on('close', (status, signal) => {
      const [, out, err, raw] = texts;
      resolve({ status, signal, out, err, raw, result: raw ? JSON.parse(raw.trim().split('\n').pop()) : undefined });
    });
  });
}

export const runCode = (code, options = {}) => run(action(code, options.name), options);

/** The same file under Node alone. */
export function plain(file) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  return { status, out: stdout, err: stderr };
}
