// The child's side of aside, for Node.js 18 and later.
//
//   node node.cjs ACTION ARGS…
//
// stdin holds two lines of JSON: the secrets, then the parameters. This file reads
// both, offers them as globals and as the module "aside", and then has Node run the
// action as its main file. If the action exports a function by default (in CommonJS:
// if module.exports is a function), it is called with the parameters, and what it
// returns is the result.
//
// Each call that leads to the author's code goes through Node's own queues, so that
// no stack trace shows this file.
'use strict';

const fs = require('node:fs');
const Module = require('node:module');

class MissingSecret extends Error {
  constructor(name) {
    super(`no secret is named ${JSON.stringify(name)}; add it to the action's secrets`);
    this.name = 'MissingSecret';
    Error.captureStackTrace(this, requireSecret);
  }
}

const { line, secrets, input } = readFrame();
const resultFd = Number(process.env.ASIDE_RESULT_FD ?? 3);
const params = input.parameters;

/** The value of a secret, or `fallback` if the action has none of this name. */
function getSecret(name, fallback = null) {
  return Object.hasOwn(secrets, name) ? secrets[name] : fallback;
}

/** The exact bytes of a secret; for a value that isn't a string its JSON text. */
function getSecretBytes(name, fallback = null) {
  return Object.hasOwn(secrets, name) ? bytesOf(name) : fallback;
}

/** The value of a secret. Throws if there is none. */
function requireSecret(name) {
  if (!Object.hasOwn(secrets, name)) throw new MissingSecret(name);
  return secrets[name];
}

/** The names of all secrets that the action was given. */
function secretNames() {
  return Object.keys(secrets);
}

/** A parameter of the action. Secrets are never looked up here. */
function getParam(name, fallback = null) {
  return Object.hasOwn(params, name) ? params[name] : fallback;
}

/** Writes `value` as the action's result. The last result counts. */
function setResult(value) {
  const text = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`a result can't be of type ${typeof value}`);
  let rest = Buffer.from(text + '\n');
  while (rest.length > 0) {
    try {
      rest = rest.subarray(fs.writeSync(resultFd, rest));
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1); // the pipe is full
    }
  }
}

const api = {
  MissingSecret, getParam, getSecret, getSecretBytes, params, requireSecret, secretNames, setResult,
};

// --- The frame ---------------------------------------------------------------------

/** Both lines of stdin, parsed; an error here must never show their text. */
function readFrame() {
  try {
    const [line, rest] = fs.readFileSync(0, 'utf8').split('\n');
    return { line, secrets: JSON.parse(line), input: JSON.parse(rest) };
  } catch {
    giveUp(125, "failed to read the secrets: stdin must hold aside's two lines of JSON");
  }
}

function giveUp(status, message) {
  fs.writeSync(2, `aside: ${message}\n`);
  process.exit(status);
}

/** The text of one value as it stands in the frame, where a raw quote always delimits. */
function textOf(wanted) {
  const token = /"[^"]*"|[{[}\]:,]|[^"{[}\]:,]+/g;
  let depth = 0;
  let name;
  let start;
  for (let match; (match = token.exec(line)); ) {
    const [text] = match;
    if (depth === 1 && start === undefined && text[0] === '"') name = JSON.parse(text);
    if (depth === 1 && start === undefined && text === ':') start = token.lastIndex;
    else if (depth === 1 && (text === ',' || text === '}')) {
      if (name === wanted) return line.slice(start, match.index);
      start = undefined;
    }
    if (text === '{' || text === '[') depth += 1;
    if (text === '}' || text === ']') depth -= 1;
  }
}

/** The only escapes are \uXXXX: a control character, or \udcXX for the byte XX. */
function bytesOf(name) {
  const text = textOf(name);
  if (text[0] !== '"') return Buffer.from(text);
  const bytes = Buffer.from(text.slice(1, -1));
  let length = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] === 0x5c) {
      bytes[length] = Number.parseInt(bytes.latin1Slice(at + 4, at + 6), 16);
      at += 5;
    } else {
      bytes[length] = bytes[at];
    }
    length += 1;
  }
  return bytes.subarray(0, length);
}

// --- The module "aside" ------------------------------------------------------------

/** Serves the module where it is asked for: a hook shows in errors and costs time. */
function offer(source, path) {
  Object.assign(globalThis, api);
  if (!mentionsAside(source, path, new Set())) return;
  offerToRequire();
  if (!path.endsWith('.cjs')) offerToImport();
}

/** Whether a source, or one that it loads by a relative path, mentions "aside". */
function mentionsAside(source, path, seen) {
  if (/["']aside["']/.test(source)) return true;
  for (const [, relative] of source.matchAll(/\b(?:from|import|require)\b[\s(]*["'](\.[^"']*)["']/g)) {
    const helper = require('node:path').resolve(path, '..', relative);
    const file = [helper, `${helper}.js`, `${helper}.cjs`, `${helper}/index.js`].find(isFile);
    if (!file || seen.has(file)) continue;
    seen.add(file);
    if (mentionsAside(fs.readFileSync(file, 'utf8'), file, seen)) return true;
  }
  return false;
}

function isFile(path) {
  try {
    fs.accessSync(path, fs.constants.R_OK);
    return fs.statSync(path).isFile();
  } catch {
    return false;
  }
}

function offerToRequire() {
  const aside = new Module('aside');
  Object.assign(aside, { filename: 'aside', exports: api, loaded: true });
  Module._cache.aside = aside;
  const resolve = Module._resolveFilename;
  Module._resolveFilename = function (request, ...rest) {
    return request === 'aside' ? 'aside' : resolve.call(this, request, ...rest);
  };
}

function offerToImport() {
  const url = `data:text/javascript,export const {${Object.keys(api)}} = globalThis`;
  const found = { url, format: 'module', shortCircuit: true };
  if (Module.registerHooks) {
    Module.registerHooks({
      resolve: (name, context, next) =>
        name === 'aside' && context.conditions.includes('import') ? found : next(name, context),
    });
  } else {
    // Before 22.15 a hook needs a thread of its own, which doubles the start.
    const hook = `export const resolve = (name, context, next) =>
      name === 'aside' ? ${JSON.stringify(found)} : next(name, context)`;
    Module.register(`data:text/javascript,${encodeURIComponent(hook)}`);
  }
}

// --- The old way of reading secrets ------------------------------------------------

/** Lets process.env.SECRET_NAME answer, in this process only; children don't inherit it. */
function serveOldNames() {
  const names = new Map();
  for (const name of Object.keys(secrets)) {
    const plain = name.replace(/[a-z]/g, (c) => c.toUpperCase()).replace(/[^A-Z0-9]/gu, '_');
    const old = `SECRET_${plain}`;
    names.set(old, [...(names.get(old) ?? []), name]);
  }
  const warned = new Set();
  const answer = (variable) => {
    const candidates = names.get(variable) ?? [];
    if (candidates.length > 0 && !warned.has(variable)) {
      warned.add(variable);
      const both = candidates.map((name) => `getSecret(${JSON.stringify(name)})`).join(' or ');
      fs.writeSync(2, `aside: warning: ${variable} is no variable any more; use ${both}\n`);
    }
    if (candidates.length !== 1) return undefined;
    const value = secrets[candidates[0]];
    return typeof value === 'string' ? value : textOf(candidates[0]);
  };
  process.env = new Proxy(process.env, {
    get: (env, variable) => env[variable] ?? answer(variable),
    has: (env, variable) => variable in env || answer(variable) !== undefined,
    deleteProperty: (env, variable) => names.delete(variable) || delete env[variable],
  });
}

// --- The action --------------------------------------------------------------------

function readSource(path) {
  const fd = process.env.ASIDE_CODE_FD;
  delete process.env.ASIDE_CODE_FD;
  try {
    const source = fs.readFileSync(fd === undefined ? path : Number(fd), 'utf8');
    if (fd !== undefined) fs.closeSync(Number(fd));
    return { source, handedOver: fd !== undefined };
  } catch (error) {
    giveUp(error.code === 'ENOENT' ? 127 : 126, `failed to read the action ${path}: ${error.code}`);
  }
}

/** Ends with Node's status for a main module that never finishes, if this doesn't. */
function mustSettle(promise) {
  let settled = false;
  const done = () => {
    settled = true;
  };
  promise.then(done, done);
  process.once('exit', (code) => {
    if (!settled && code === 0) process.exitCode = 13;
  });
}

/** Calls the function that the action exports; its promise is Node's to watch. */
function callExported(exported) {
  if (typeof exported !== 'function') return;
  const call = Promise.resolve(params).then(exported);
  mustSettle(call);
  call.then((value) => {
    if (value !== undefined) setResult(value);
  });
}

/** An action that no path leads to: inline code, or a file of somebody else's. */
function runSource(source, path) {
  const inline = !path.startsWith('/');
  if (!inline && (path.endsWith('.cjs') || !/^\s*(import|export)\b/m.test(source)) && !path.endsWith('.mjs')) {
    const main = new Module('.');
    Object.assign(main, { filename: path, paths: Module._nodeModulePaths(path.replace(/\/[^/]*$/, '')) });
    process.mainModule = main;
    process.nextTick(main._compile.bind(main), source, path);
    process.nextTick(() => callExported(main.exports));
    return;
  }
  if (inline) globalThis.require = Module.createRequire(`${process.cwd()}/`);
  const text = Buffer.from(`${source}\n//# sourceURL=${path}\n`).toString('base64');
  const loaded = import(`data:text/javascript;base64,${text}`);
  mustSettle(loaded);
  loaded.then((main) => callExported(main.default));
}

function runFile(source, path) {
  process.nextTick(Module.runMain, path);
  process.nextTick(() => {
    if (process.mainModule) {
      callExported(process.mainModule.exports);
    } else if (/\bdefault\b/.test(source)) {
      // The same module once more. What is wrong with it Node has reported by then.
      const { pathToFileURL } = require('node:url');
      const loaded = import(pathToFileURL(fs.realpathSync(path)));
      loaded.then((main) => callExported(main.default), () => {});
    }
  });
}

process.argv.splice(1, 1);
const path = process.argv[1];
const { source, handedOver } = readSource(path);
if (input.compat?.env_secrets) serveOldNames();
offer(source, path);
delete require.cache[__filename];
process.mainModule = undefined;
if (handedOver) runSource(source, path);
else runFile(source, path);
