import type { Diagnostic, Span } from '../../policy/diagnostic.ts';

/** Collects what a conversion has to say; all of it is reported in one run. */
export class Problems {
  readonly diagnostics: Diagnostic[] = [];

  /** Forbids the conversion. */
  error(code: string, message: string, span: Span | undefined, help?: string): void {
    this.diagnostics.push({ code, severity: 'error', message, span, help });
  }

  /** Something is lost; the result is narrower for it, or the message says how it is not. */
  loss(code: string, message: string, span: Span | undefined, help?: string): void {
    this.diagnostics.push({ code, severity: 'warning', message, span, help });
  }
}
