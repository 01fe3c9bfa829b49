import * as z from 'zod';

/** The reason why a value is refused. */
export interface Refusal {
  readonly code: string;
  readonly message: string;
  readonly help?: string | undefined;
  /** Inside the value: the index or key of the part that is wrong. */
  readonly path?: readonly (string | number)[];
}

export type Refuse = (refusal: Refusal) => undefined;

/** A schema of a value that is written as text or as one of several YAML types, converted by hand. */
export function converted<T>(convert: (value: unknown, refuse: Refuse) => T | undefined): z.ZodType<T> {
  return z.unknown().transform((value, context): T => {
    const refuse: Refuse = ({ code, message, help, path }) => {
      context.addIssue({ code: 'custom', message, path: [...(path ?? [])], params: { code, help } });
      return undefined;
    };
    return convert(value, refuse) ?? z.NEVER;
  });
}

/** Describes a value in the words of a policy. */
export function describe(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return value.length > 40 ? `'${value.slice(0, 40)}...'` : `'${value}'`;
  return typeof value === 'object' ? 'a mapping' : String(value);
}

/** A string that can be an argument of a system call. */
export const plainText: z.ZodType<string> = z.string().check((context) => {
  if (!context.value.includes('\0')) return;
  const params = { code: 'null-character', help: undefined };
  context.issues.push({
    code: 'custom',
    message: 'the text contains a NUL character',
    input: context.value,
    params,
  });
});
