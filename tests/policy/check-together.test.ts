import { describe, expect, test } from 'vitest';
import { checkTogether, type ResolvedService } from '../../src/policy/check-together.ts';
import { parsePolicy } from '../../src/policy/parse-policy.ts';

function service(name: string, uid: number, listen: string): ResolvedService {
  const text = `portcullis: 1\nservice: ${name}\nuser: ${uid}\nlisten: ${listen}\nrun: [/bin/cat]\nreason: a test\n`;
  const { policy, diagnostics } = parsePolicy(text, `${name}.yaml`);
  if (policy === undefined) throw new Error(JSON.stringify(diagnostics));
  return { policy, uid };
}

describe('checkTogether', () => {
  test('services with nothing in common', () => {
    const services = [service('a', 1001, 'tcp://[::]:7'), service('b', 1002, 'tcp://[::]:9')];
    expect(checkTogether(services)).toEqual([]);
  });

  test('one address twice, at the later place', () => {
    const services = [
      service('a', 1001, '["tcp4://127.0.0.1:6", "tcp://[::]:7"]'),
      service('b', 1002, '[tcp4://127.0.0.1:9, tcp4://127.0.0.1:7]'),
    ];
    expect(checkTogether(services)).toEqual([
      {
        code: 'listen-twice',
        severity: 'error',
        message: "'tcp4://127.0.0.1:7' is taken by the service 'a' (a.yaml:4)",
        span: { file: 'b.yaml', line: 4, column: 30, length: 18 },
        help: 'change one of the ports',
      },
    ]);
  });

  test('one port of different families', () => {
    const services = [service('a', 1001, 'tcp6://[::]:7'), service('b', 1002, 'tcp4://0.0.0.0:7')];
    expect(checkTogether(services)).toEqual([]);
  });

  test('one socket that is passed to two', () => {
    const services = [
      service('a', 1001, '{ address: "tcp://:7", inherit: x }'),
      service('b', 1002, '[tcp://:8, { address: "tcp://:9", inherit: x }]'),
      service('c', 1003, '{ address: "tcp://:10", inherit: y }'),
    ];
    expect(checkTogether(services)).toMatchObject([
      {
        code: 'inherit-twice',
        severity: 'error',
        message: "the socket 'x' is taken by the service 'a' (a.yaml:4)",
        span: { file: 'b.yaml', line: 4 },
      },
    ]);
  });

  test('one user is a warning', () => {
    const services = [service('a', 1001, 'tcp://[::]:7'), service('b', 1001, 'tcp://[::]:9')];
    expect(checkTogether(services)).toMatchObject([
      { code: 'user-shared', severity: 'warning', span: { file: 'b.yaml', line: 3, column: 7 } },
    ]);
  });

  test('one name for two', () => {
    const services = [service('a', 1001, 'tcp://[::]:7'), service('a', 1002, 'tcp://[::]:9')];
    expect(checkTogether(services)).toMatchObject([
      { code: 'service-twice', message: "the service 'a' is also in a.yaml:2" },
    ]);
  });

  test('every pair is looked at for its ports', () => {
    const services = ['a', 'b', 'c'].map((name, index) => service(name, 1001 + index, 'tcp://[::]:7'));
    expect(checkTogether(services).map(({ span }) => span?.file)).toEqual(['b.yaml', 'c.yaml', 'c.yaml']);
  });

  test('many services of one user are one warning each', () => {
    const services = ['a', 'b', 'c', 'd'].map((name, index) =>
      service(name, 1001, `tcp://[::]:${index + 7}`),
    );
    expect(checkTogether(services).map(({ message }) => message)).toEqual(
      ['b', 'c', 'd'].map((name) => `the services 'a' and '${name}' run as one user (uid 1001)`),
    );
  });
});
