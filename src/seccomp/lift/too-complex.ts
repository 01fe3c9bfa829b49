/** A decision that rules of the filter language cannot say in a length that somebody would read. */
export class TooComplexToSayError extends Error {
  constructor() {
    super('the decision is too complex to be written as rules');
    this.name = 'TooComplexToSayError';
  }
}
