import { expect, test } from 'vitest';
import { addressText } from '../../src/host/socket-address.ts';

const unix = (name: string): Buffer => Buffer.concat([Buffer.from([1, 0]), Buffer.from(name)]);

test.each([
  ['127.0.0.1:80', Buffer.from([2, 0, 0, 80, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])],
  ['[::1]:443', Buffer.from([10, 0, 1, 187, 0, 0, 0, 0, ...new Array<number>(15).fill(0), 1, 0, 0, 0, 0])],
  ['/run/echo', unix('/run/echo\0')],
  ['@echo', unix('\0echo')],
  ['no address', unix('')],
  ['an address of family 40', Buffer.from([40, 0, 0, 0])],
])('the address of a socket is %s', (text, address) => {
  expect(addressText(address)).toBe(text);
});
