/** A decision that rules of the filter language cannot express in a readable length. */
export class TooComplexToSayError extends Error {
  constructor() {
    super('the decision is too complex to be written as rules');
    this.name = 'TooComplexToSayError';
  }
}
