import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import type { Client, Place } from './service.ts';

/** The result of one client. */
export interface Answered {
  readonly right: boolean;
  /** All that it heard. */
  readonly text: string;
}

/** Runs a client to its answer, its end, or until `signal` aborts: no answer any more. */
export function ask(client: Client, place: Place, signal: AbortSignal): Promise<Answered> {
  switch (client.kind) {
    case 'dialogue':
      return converse(client, place.port, signal);
    case 'program':
      return run(client, place, signal);
  }
}

function converse(
  { sayings, answer }: Extract<Client, { readonly kind: 'dialogue' }>,
  port: number,
  signal: AbortSignal,
): Promise<Answered> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    let text = '';
    let heard = 0;
    let next = 0;
    const stop = () => socket.destroy();
    signal.addEventListener('abort', stop, { once: true });
    const say = () => {
      for (let saying = sayings[next]; saying !== undefined; saying = sayings[next]) {
        if (saying.after !== undefined && !saying.after.test(text.slice(heard))) return;
        heard = text.length;
        next += 1;
        socket.write(saying.say);
        if (saying.end) socket.end();
      }
    };
    socket.setEncoding('latin1');
    socket.on('connect', say);
    socket.on('data', (more: string) => {
      text += more;
      say();
      if (next === sayings.length && answer.test(text)) stop();
    });
    socket.on('end', stop);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      signal.removeEventListener('abort', stop);
      resolve({ right: next === sayings.length && answer.test(text), text });
    });
  });
}

function run(
  { command, environment, answer }: Extract<Client, { readonly kind: 'program' }>,
  place: Place,
  signal: AbortSignal,
): Promise<Answered> {
  const [name = '', ...args] = command(place);
  // Leads a group, so that what it starts ends with it.
  const child = spawn(name, args, {
    cwd: place.data,
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', HOME: place.data, ...environment?.(place) },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  return new Promise((resolve) => {
    let text = '';
    const stop = () => endGroup(child.pid);
    signal.addEventListener('abort', stop, { once: true });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('latin1').on('data', (more: string) => {
        text += more;
      });
    child.once('error', (error) => {
      text += error.message;
    });
    child.once('exit', () => stop());
    child.once('close', (status) => {
      signal.removeEventListener('abort', stop);
      resolve({ right: status === 0 && answer.test(text), text });
    });
  });
}

function endGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // Nobody is left in it.
  }
}
