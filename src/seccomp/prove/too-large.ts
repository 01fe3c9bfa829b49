/** Thrown for a filter or a program whose diagrams exceed the limits of a proof. It leaves open whether they are equal. */
export class TooLargeToProveError extends Error {
  constructor(limit: string) {
    super(
      `too large to prove: its proof takes more than ${limit}, because bits of several words depend on each other`,
    );
    this.name = 'TooLargeToProveError';
  }
}
