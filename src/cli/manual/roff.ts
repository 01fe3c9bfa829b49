/** A part of a manual page, in the order of reading. Texts are plain; words between backticks are literal. */
export type Block =
  | { readonly kind: 'section' | 'subsection'; readonly title: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  /** A way to call a command: its name and its words. */
  | { readonly kind: 'call'; readonly command: string; readonly words: string }
  /** A term, and below it its description and perhaps a line of an example. */
  | {
      readonly kind: 'entry';
      readonly term: Term;
      readonly paragraphs: readonly string[];
      readonly example?: string;
    }
  | { readonly kind: 'code'; readonly lines: readonly string[] };

/** `syntax`: options are literal and words in capitals stand for something; `literal`: every word as it is. */
export type Term = { readonly style: 'syntax' | 'literal'; readonly text: string };

export interface ManualPage {
  readonly name: string;
  readonly section: 1 | 5;
  readonly blocks: readonly Block[];
}

/** The file of a page. */
export function fileName({ name, section }: ManualPage): string {
  return `${name}.${section}`;
}

/** The page in the macros of man(7), as groff and mandoc read them. */
export function pageSource(page: ManualPage, version: string): string {
  const { name, section, blocks } = page;
  const title = `.TH ${escaped(name.toUpperCase())} ${section} "" "Portcullis ${version}" "Portcullis Manual"`;
  const lines = blocks.flatMap((block, index) => {
    const above = blocks[index - 1]?.kind;
    // A heading begins a paragraph by itself.
    const headed = block.kind === 'paragraph' && (above === 'section' || above === 'subsection');
    return headed ? [prose(block.text)] : blockLines(block);
  });
  return `${[title, '.ad l', ...lines].join('\n')}\n`;
}

function blockLines(block: Block): readonly string[] {
  switch (block.kind) {
    case 'section':
      return [`.SH "${escaped(block.title)}"`];
    case 'subsection':
      return [`.SS "${escaped(block.title)}"`];
    case 'paragraph':
      return ['.PP', prose(block.text)];
    case 'call':
      return [`.SY "${escaped(block.command)}"`, syntax(block.words), '.YS'];
    case 'entry': {
      const [first = '', ...more] = block.paragraphs;
      const example = block.example === undefined ? [] : codeLines([block.example]);
      const below = more.flatMap((text) => ['.IP', prose(text)]);
      return ['.TP', term(block.term), prose(first), ...below, ...example];
    }
    case 'code':
      return ['.PP', '.RS 4', ...codeLines(block.lines), '.RE'];
  }
}

function codeLines(lines: readonly string[]): readonly string[] {
  return ['.EX', ...lines.map((line) => protectedLine(escaped(line))), '.EE'];
}

function term({ style, text }: Term): string {
  return style === 'syntax' ? syntax(text) : protectedLine(bold(text));
}

/** `[--target MACHINE] FILE`: options and small words bold, words in capitals in italics. */
function syntax(text: string): string {
  const parts = text.split(/(--?[a-z][\w-]*|[A-Z]{2,}|\b[a-z][\w-]*|--)/);
  return protectedLine(
    parts
      .map((part) =>
        /^[A-Z]{2}/.test(part) ? `\\fI${part}\\fR` : /^[a-z-]/.test(part) ? bold(part) : escaped(part),
      )
      .join(''),
  );
}

/** Sets literal text in bold: text between backticks, options, and the names of manual pages. */
function prose(text: string): string {
  const parts = text.split(/(`[^`]+`|(?<![\w-])--[a-z][a-z-]*|[a-z][\w.-]*\(\d\))/);
  return protectedLine(parts.map(prosePart).join(''));
}

function prosePart(part: string): string {
  // A quotation from a policy stays on one line.
  if (part.startsWith('`')) return bold(part.slice(1, -1)).replaceAll(' ', '\\~');
  if (/^--[a-z]/.test(part)) return bold(part);
  const [, name, section] = /^([a-z][\w.-]*)(\(\d\))$/.exec(part) ?? [];
  return name === undefined || section === undefined ? escaped(part) : bold(name) + section;
}

/** Sets literal text in bold; its words are never hyphenated. */
function bold(text: string): string {
  return `\\fB${escaped(text).replaceAll(/(?<=^| )(?=[^ ])/g, '\\%')}\\fR`;
}

/** Characters that roff takes for something else, or prints as something else; see groff_char(7). */
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['\\', '\\e'],
  ['-', '\\-'],
  ['^', '\\(ha'],
  ['~', '\\(ti'],
  ['`', '\\(ga'],
  ["'", '\\(aq'],
  ['"', '\\(dq'],
]);

function escaped(text: string): string {
  return text.replaceAll(/[\\^~`'"-]/g, (character) => ESCAPES.get(character) ?? character);
}

/** A line that begins with a dot would be a request. */
function protectedLine(line: string): string {
  return line.startsWith('.') ? `\\&${line}` : line;
}
