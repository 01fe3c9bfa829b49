/** Whether text for people is coloured there: on a terminal, unless NO_COLOR is set, to whatever value. */
export function usesColor(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && process.env['NO_COLOR'] === undefined;
}
