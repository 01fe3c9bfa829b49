/** A filter or a program whose diagrams are beyond what a proof may take. It says nothing about whether they are equal. */
export class TooLargeToProveError extends Error {
  constructor(limit: string) {
    super(
      `too large to prove: it takes more than ${limit}. Bits of several arguments depend on each other too much; test one argument after the other, with fewer masks and calculations`,
    );
    this.name = 'TooLargeToProveError';
  }
}
