/** Returns whether text for people is coloured: on a terminal, unless NO_COLOR is set to any value. */
export function usesColor(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && process.env['NO_COLOR'] === undefined;
}
