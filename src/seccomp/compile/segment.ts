/** Consecutive numbers that go the same way on. */
export interface Segment<Node> {
  readonly first: number;
  readonly last: number;
  readonly node: Node;
  /** How often it is looked for, beside the others; a whole number, so that sums are exact. */
  readonly weight: number;
}

/** How tests of the number that is looked for are made. */
export interface NumberTests<Node> {
  readonly atLeast: (number: number, then: Node, otherwise: Node) => Node;
  readonly equal: (number: number, then: Node, otherwise: Node) => Node;
}
