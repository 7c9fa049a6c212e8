// The action runs as Node alone would run it.
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { action, plain, run, runCode } from './host.mjs';

const common = { name: 'action.cjs' };

describe('running', { concurrency: 2 }, () => {
  test('an ES module', async () => {
    const file = action('import fs from "node:fs"; setResult([import.meta.url, process.argv.slice(1), fs.readFileSync(0).length]);');
    const ended = await run(file, { args: ['a', '-b'] });
    assert.deepEqual(ended.result, [pathToFileURL(file).href, [file, 'a', '-b'], 0], ended.err);
  });

  test('a CommonJS module', async () => {
    const code = 'setResult([__filename, require.main === module, process.argv.length, require("aside").getSecret("k")]);';
    const ended = await runCode(code, { ...common, secrets: { k: 'v' } });
    assert.deepEqual(ended.result.slice(1), [true, 2, 'v'], ended.err);
    assert.equal(path.basename(ended.result[0]), 'action.cjs');
    assert.equal((await runCode('setResult(typeof module)', { name: 'action.js' })).result, 'object');
  });

  test('the exported function gives the result', async () => {
    for (const code of ['export default async function (p) { return p; }', 'export default (p) => p;']) {
      assert.deepEqual((await runCode(code, { params: { a: [1] } })).result, { a: [1] });
    }
    assert.equal((await runCode('module.exports = async (p) => p.a', { ...common, params: { a: 5 } })).result, 5);
    assert.equal((await runCode('export default () => {}')).raw, '');
    assert.equal((await runCode('export default 5')).raw, '');
    const late = 'export default async () => { await new Promise((r) => setTimeout(r, 50)); return "late"; }';
    assert.equal((await runCode(late)).result, 'late');
  });

  test('a result longer than a pipe', async () => {
    assert.equal((await runCode('export default () => "x".repeat(1 << 20)')).result.length, 1 << 20);
  });

  test('a result that no JSON can hold', async () => {
    for (const value of ['Symbol()', '() => 1', '10n']) {
      const ended = await runCode(`setResult(${value})`);
      assert.deepEqual([ended.status, ended.raw], [1, '']);
    }
  });

  test('import from "aside"', async () => {
    const secrets = { k: 'v' };
    const file = action('import { getSecret, params } from "aside";\nsetResult([getSecret("k"), params, import.meta.url]);');
    const ended = await run(file, { secrets });
    assert.deepEqual(ended.result, ['v', {}, pathToFileURL(file).href], ended.err);
    const outer = action('import { f } from "./sub/helper.mjs";\nexport default () => f();');
    action('export { requireSecret } from "aside";', 'inner.mjs', path.join(path.dirname(outer), 'sub'));
    action('import { requireSecret } from "./inner.mjs";\nexport const f = () => requireSecret("k");', 'helper.mjs', path.join(path.dirname(outer), 'sub'));
    assert.equal((await run(outer, { secrets })).result, 'v');
    const old = action('module.exports = require("./helper");', 'old.cjs');
    action('const { getSecret } = require("aside");\nmodule.exports = () => getSecret("k");', 'helper.js', path.dirname(old));
    assert.equal((await run(old, { secrets })).result, 'v');
  });

  test('errors show the author\'s line and not the wrapper', async () => {
    const cases = [
      ['const x = 1;\nthrow new Error("top");', 2], ['const x = ;', 1], ['\nexport default async () => {\n  await null; throw new Error("in"); }', 3],
      ['\nPromise.reject(new Error("r"));', 2], ['import "./nowhere.mjs";', 0], ['\nsetTimeout(() => { throw new Error("t"); });', 2],
    ];
    for (const [code, line] of cases) {
      const ended = await runCode(code);
      assert.equal(ended.status, 1, code);
      assert.ok(!line || ended.err.includes(`action.mjs:${line}`), ended.err);
      assert.doesNotMatch(ended.err, /node\.cjs/);
    }
    for (const code of ['\nthrow new Error("top");', '\nmodule.exports = () => { throw new Error("f"); };', '\nrequire("./nowhere");']) {
      const ended = await runCode(code, common);
      assert.equal(ended.status, 1);
      assert.match(ended.err, /action\.cjs:2/);
      assert.doesNotMatch(ended.err, /node\.cjs/);
    }
  });

  test('statuses are Node\'s', async () => {
    for (const code of ['process.exit(7)', 'process.exitCode = 3', '', 'await new Promise(() => {})', 'process.on("exit", () => { process.exitCode = 4; })']) {
      const file = action(code);
      const [mine, bare] = [await run(file), plain(file)];
      assert.deepEqual([mine.status, mine.out], [bare.status, bare.out], code);
    }
    assert.equal((await runCode('export default () => new Promise(() => {})')).status, 13);
    assert.equal((await runCode('process.kill(process.pid, "SIGTERM"); setTimeout(() => {}, 9999)')).signal, 'SIGTERM');
    assert.equal((await run('/nowhere/a.mjs')).status, 127);
  });

  test('inline code', async () => {
    const look = `import fs from 'node:fs'; import { getSecret } from 'aside';
      const path = require('path'); const open = (() => { try { return fs.fstatSync(4).isFile(); } catch { return false; } })();
      setResult([process.argv[1], open, process.env.ASIDE_CODE_FD ?? null, getSecret('k'), typeof path.join]);`;
    const ended = await run('<inline>', { code: look, secrets: { k: 'v' } });
    assert.deepEqual(ended.result, ['<inline>', false, null, 'v', 'function'], ended.err);
    const thrown = await run('<inline>', { code: 'const x = 1;\nthrow new Error("boom");' });
    assert.equal(thrown.status, 1);
    assert.match(thrown.err, /<inline>:2/);
    assert.doesNotMatch(thrown.err, /node\.cjs|base64/);
    assert.equal((await run('<inline>', { code: 'export default (p) => p.a', params: { a: 1 } })).result, 1);
    assert.equal((await run('<inline>', { code: 'await new Promise(() => {})' })).status, 13);
  });

  test('a file that only the host can read', async () => {
    const ended = await run('/nowhere/act.cjs', { code: 'setResult([__filename, require.main === module]);\nthrow new Error("x");' });
    assert.deepEqual(ended.result, ['/nowhere/act.cjs', true], ended.err);
    assert.match(ended.err, /\/nowhere\/act\.cjs:2/);
    const module = await run('/nowhere/act.mjs', { code: 'export default () => getSecret("k")', secrets: { k: 'v' } });
    assert.equal(module.result, 'v', module.err);
  });
});
