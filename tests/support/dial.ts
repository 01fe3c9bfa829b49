import { connect, type Socket } from 'node:net';

/** Connects to a service on the loopback. */
export function dial(port: number, host = '127.0.0.1'): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host);
    socket.once('connect', () => resolve(socket));
    socket.once('error', reject);
  });
}

/** Sends, closes the sending half, and reads to the end. */
export async function exchange(port: number, text: string, host = '127.0.0.1'): Promise<string> {
  const socket = await dial(port, host);
  socket.end(text);
  let answer = '';
  for await (const bytes of socket.setEncoding('utf8')) answer += bytes;
  return answer;
}
