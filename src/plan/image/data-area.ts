import { concatenate, type Data, stringData } from '../data.ts';

/** The last part of an image: the data that steps point at, each on a boundary of eight bytes. */
export class DataArea {
  readonly #placed = new Map<Data, number>();
  readonly #names = new Map<string, Data>();
  readonly #chunks: Uint8Array[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get bytes(): Uint8Array {
    return concatenate(this.#chunks);
  }

  /** Returns its address; the same object has one address. */
  place(data: Data): number {
    const known = this.#placed.get(data);
    if (known !== undefined) return known;
    const offset = this.#size;
    this.#placed.set(data, offset);
    this.#append(data.bytes);
    return offset;
  }

  /** Returns the address of a text that no step writes to; equal texts share one. */
  placeName(text: string): number {
    const data = this.#names.get(text) ?? stringData(text);
    this.#names.set(text, data);
    return this.place(data);
  }

  /** The last byte is zero: every string ends within the area. */
  finish(): void {
    this.#append(new Uint8Array(8));
  }

  #append(bytes: Uint8Array): void {
    const padded = new Uint8Array(Math.ceil(bytes.length / 8) * 8);
    padded.set(bytes);
    this.#chunks.push(padded);
    this.#size += padded.length;
  }
}
