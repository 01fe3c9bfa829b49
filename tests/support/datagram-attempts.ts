import { execFileSync, spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { errnoText } from '../../src/kernel/errno.ts';
import type { Launch } from './launch.ts';

const SOURCE = new URL('datagram-attempts.c', import.meta.url).pathname;

/** Compiles the program that tries what a service of datagrams is not allowed; it runs alone in a root. */
export function compileDatagramAttempts(program: string): void {
  const flags = ['-std=gnu17', '-O1', '-Wall', '-Wextra', '-Werror', '-static', '-D_GNU_SOURCE'];
  execFileSync('cc', [...flags, '-o', program, SOURCE]);
}

/** What nothing keeps from an attempt: the program behind a socket of datagrams that a script has bound, as inetd does. */
export async function attemptBare(program: string, request: string): Promise<string> {
  const inetd = `
import os, socket, sys
inner = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
inner.bind(('127.0.0.1', 0))
outer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
outer.sendto(sys.argv[2].replace('OWN', str(inner.getsockname()[1])).encode(), inner.getsockname())
os.dup2(inner.fileno(), 0)
os.dup2(inner.fileno(), 1)
os.execv(sys.argv[1], [sys.argv[1]])
`;
  const child = spawn('python3', ['-c', inetd, program, request], { stdio: 'ignore' });
  const status = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return status === 0 ? 'done' : errnoText(status ?? 0);
}

/** Sends one datagram from an address of the loopback. */
export function sendDatagram(port: number, text: string, from = '127.0.0.1'): Promise<void> {
  const socket = createSocket('udp4');
  return new Promise((resolve) => {
    socket.bind(0, from, () => {
      socket.send(text, port, '127.0.0.1', () => {
        socket.close();
        resolve();
      });
    });
  });
}

/** What became of an attempt in a service: `done`, the error, or `denied` with the call that was. */
export async function attemptServed(running: Launch, port: number, request: string): Promise<string> {
  const known = new Set(running.events);
  await sendDatagram(port, request.replace('OWN', String(port)));
  const end = await running.waitFor((event) => event.event === 'end' && !known.has(event));
  const denied = running.events.find(
    ({ event, session }) => event === 'denied' && session === end['session'],
  );
  if (denied !== undefined) return `denied ${denied['call_name']}`;
  const status = end['status'];
  return status === 0 ? 'done' : typeof status === 'number' ? errnoText(status) : `${end['signal_name']}`;
}
