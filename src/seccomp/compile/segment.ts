/** Consecutive numbers that go the same way on. */
export interface Segment<Node> {
  readonly first: number;
  readonly last: number;
  readonly node: Node;
  /** The relative frequency of searches for it: a whole number, so that sums are exact. */
  readonly weight: number;
}

/** Makers of the tests of the number that a search is for. */
export interface NumberTests<Node> {
  readonly atLeast: (number: number, then: Node, otherwise: Node) => Node;
  readonly equal: (number: number, then: Node, otherwise: Node) => Node;
}
