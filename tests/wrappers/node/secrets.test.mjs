// What an action gets to see of its secrets and parameters.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { action, frame, run, runCode, text } from './host.mjs';

describe('secrets', { concurrency: 2 }, () => {
  test('every value arrives exactly', async () => {
    const secrets = {
      plain: 'hunter2', empty: '', newlines: 'a\nb\n\n', quotes: 'it\'s "so" `${x}`', backslash: '\\n \\u0041 \\',
      option: '-n', nul: 'a\0b', controls: String.fromCharCode(...Array(32).keys()) + '\x7f', unicode: 'é€😀\u2028',
      '': 'nameless', 'a"b\n': 'odd', constructor: 'no prototype', ['__proto__']: 'nor this',
    };
    const ended = await runCode(
      'setResult(secretNames().map((n) => [n, getSecret(n), getSecretBytes(n).toString("hex")]));',
      { secrets },
    );
    const expected = Object.entries(secrets).map(([n, v]) => [n, v, Buffer.from(v).toString('hex')]);
    assert.deepEqual(ended.result, expected, ended.err);
  });

  test('bytes that are no UTF-8', async () => {
    const bytes = Buffer.concat([
      Buffer.from(Array.from({ length: 512 }, (_, n) => n % 256)),
      Buffer.from('eda080 20 f09f9880 20 c3'.replaceAll(' ', ''), 'hex'),
    ]);
    const code = 'setResult([getSecretBytes("b").toString("hex"), getSecret("b").charCodeAt(128).toString(16)]);';
    assert.deepEqual((await runCode(code, { secrets: { b: bytes } })).result, [bytes.toString('hex'), 'dc80']);
  });

  test('JSON values are objects, and their text is exact', async () => {
    const stdin = frame({}).replace('{}', '{"a":[1],"v":{"u":"x\\u0022{","l":[1,{}]},"n":1.0,"big":12345678901234567890}');
    const code = `setResult([getSecret('v'), ...['v', 'n', 'big', 'a'].map((n) => getSecretBytes(n).toString())]);`;
    const ended = await runCode(code, { stdin });
    const value = '{"u":"x\\u0022{","l":[1,{}]}';
    assert.deepEqual(ended.result, [{ u: 'x"{', l: [1, {}] }, value, '1.0', '12345678901234567890', '[1]'], ended.err);
  });

  test('16 MiB', async () => {
    const big = 'é"x\\'.repeat(4 << 20);
    const code = `import { createHash } from 'node:crypto';
      setResult(createHash('sha256').update(getSecretBytes('b')).digest('hex'));`;
    const ended = await runCode(code, { secrets: { b: big } });
    assert.equal(ended.result, createHash('sha256').update(big).digest('hex'), ended.err);
  });

  test('a missing one', async () => {
    const code = 'setResult([getSecret("x"), getSecret("x", 7), getSecretBytes("x"), getSecret("toString")]);';
    assert.deepEqual((await runCode(code)).result, [null, 7, null, null]);
    const ended = await runCode('const f = () => requireSecret(\'tok"en\');\nf();\n');
    assert.equal(ended.status, 1);
    assert.match(ended.err, /MissingSecret: no secret is named "tok\\"en"/);
    assert.match(ended.err, /action\.mjs:1:17/);
    assert.doesNotMatch(ended.err, /node\.cjs/);
  });

  test('a secret never overrides a parameter', async () => {
    const code = 'setResult([params, getParam("user"), getParam("only"), getParam("x", 1), getSecret("user")]);';
    const ended = await runCode(code, { secrets: { user: 's', only: 's' }, params: { user: 'p' } });
    assert.deepEqual(ended.result, [{ user: 'p' }, 'p', null, 1, 's']);
  });

  test('nonsense on stdin ends it without showing it', async () => {
    for (const stdin of ['', 'hunter2', '{"a":"hunter2"\n{}\n', '{"a":"hunter2"}']) {
      const ended = await runCode('console.log("ran")', { stdin });
      assert.deepEqual([ended.status, ended.out], [125, ''], stdin);
      assert.match(ended.err, /failed to read the secrets/);
      assert.doesNotMatch(ended.err, /hunter2/);
    }
  });

  test('nothing else shows the secret', async () => {
    const look = `import fs from 'node:fs';
      const seen = ['cmdline', 'environ'].filter((n) => fs.readFileSync('/proc/self/' + n).includes('hunter2-hunter2'));
      setResult(seen);`;
    const secret = 'hunter2-hunter2';
    assert.deepEqual((await runCode(look, { secrets: { secret } })).result, []);
    // The check can see a leak.
    assert.deepEqual((await runCode(look, { args: [secret], env: { LEAK: secret } })).result, ['cmdline', 'environ']);
  });

  test('old names answer in this process only', async () => {
    const secrets = { 'api-key': 'hunter2', db: { u: 1 }, 'a.b': '1', 'a-b': '2', é: 'accent' };
    const code = `import { execSync } from 'node:child_process';
      const children = () => execSync('env | grep -c ^SECRET_ || true').toString();
      const before = children();
      process.env.SECRET_OWN = 'own';
      setResult([process.env.SECRET_API_KEY, process.env.SECRET_API_KEY, 'SECRET_API_KEY' in process.env,
        process.env.SECRET_DB, process.env.SECRET__, process.env.SECRET_A_B, process.env.SECRET_NOPE,
        Object.keys(process.env).filter((k) => k.startsWith('SECRET')), { ...process.env }.SECRET_DB,
        before, children(), delete process.env.SECRET_DB, process.env.SECRET_DB].map((x) => x ?? 'none'));`;
    const ended = await runCode(code, { secrets, compat: true });
    assert.deepEqual(
      ended.result,
      ['hunter2', 'hunter2', true, '{"u":1}', 'accent', 'none', 'none', ['SECRET_OWN'], 'none', '0\n', '1\n', true, 'none'],
      ended.err,
    );
    assert.equal(ended.err.match(/SECRET_API_KEY is no variable any more; use getSecret\("api-key"\)/g).length, 1);
    assert.match(ended.err, /getSecret\("a.b"\) or getSecret\("a-b"\)/);
    const off = await runCode('setResult(process.env.SECRET_DB ?? "none")', { secrets });
    assert.equal(off.result, 'none');
  });

  test('the frame of these tests is the host\'s', () => {
    assert.equal(text({ 'a"b\n': Buffer.from('x\\\xff\0y', 'latin1') }), '{"a\\u0022b\\u000a":"x\\u005c\\udcff\\u0000y"}');
    assert.ok(action(''));
    assert.ok(run);
  });
});
