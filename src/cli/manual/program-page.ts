import type { CommandDescription } from '../arguments/command-description.ts';
import { GLOBAL_OPTIONS } from '../arguments/global-options.ts';
import { PROGRAM } from '../program-description.ts';
import {
  exampleBlocks,
  optionBlocks,
  paragraphs,
  section,
  seeAlso,
  sentence,
  surroundingBlocks,
} from './common-blocks.ts';
import type { Block, ManualPage } from './roff.ts';

/** portcullis(1). */
export function programPage(commands: readonly CommandDescription[]): ManualPage {
  const pages = commands.map(({ name }) => `portcullis-${name}(1)`);
  return {
    name: 'portcullis',
    section: 1,
    blocks: [
      ...section('NAME', paragraphs([`portcullis - ${PROGRAM.describe}`])),
      ...section(
        'SYNOPSIS',
        PROGRAM.synopsis.map((words) => ({ kind: 'call', command: 'portcullis', words })),
      ),
      ...section('DESCRIPTION', paragraphs(PROGRAM.detail)),
      ...section('COMMANDS', commands.map(commandBlock)),
      ...section('OPTIONS', optionBlocks(GLOBAL_OPTIONS)),
      ...section('EXIT STATUS', paragraphs(PROGRAM.exitStatus)),
      ...section('EXAMPLES', exampleBlocks(PROGRAM.examples)),
      ...section('FILES', surroundingBlocks(PROGRAM.files)),
      ...seeAlso([...pages, 'portcullis-policy(5)', ...PROGRAM.seeAlso]),
    ],
  };
}

function commandBlock({ name, describe }: CommandDescription): Block {
  return {
    kind: 'entry',
    term: { style: 'literal', text: name },
    paragraphs: [`${sentence(describe)} See portcullis-${name}(1).`],
  };
}
