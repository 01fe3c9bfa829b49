import { POLICY_FLAGS } from '../../policy/generated/policy-flags.ts';
import type { CommandDescription } from '../arguments/command-description.ts';
import { optionGroups } from '../arguments/help-text.ts';
import { POLICY_OPTIONS } from '../arguments/policy-options.ts';
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

/** portcullis-COMMAND(1). `all`: every command, for the pages that it refers to. */
export function commandPage(command: CommandDescription, all: readonly CommandDescription[]): ManualPage {
  const name = `portcullis-${command.name}`;
  const others = all.filter((other) => other !== command).map((other) => `portcullis-${other.name}(1)`);
  return {
    name,
    section: 1,
    blocks: [
      ...section('NAME', paragraphs([`${name} - ${command.describe}`])),
      ...section(
        'SYNOPSIS',
        command.synopsis.map((words) => ({ kind: 'call', command: `portcullis ${command.name}`, words })),
      ),
      ...section('DESCRIPTION', [...paragraphs(command.detail), ...argumentBlocks(command)]),
      ...section('OPTIONS', optionSections(command)),
      ...section('EXIT STATUS', exitBlocks(command)),
      ...section('ENVIRONMENT', surroundingBlocks(command.environment)),
      ...section('FILES', surroundingBlocks(command.files)),
      ...section('EXAMPLES', exampleBlocks(command.examples)),
      ...seeAlso(['portcullis(1)', ...others, 'portcullis-policy(5)', ...(command.seeAlso ?? [])]),
    ],
  };
}

function argumentBlocks({ positionals, commandLine }: CommandDescription): readonly Block[] {
  const blocks = positionals.map(
    ({ name, variadic, describe }): Block => ({
      kind: 'entry',
      term: { style: 'syntax', text: variadic ? `${name}...` : name },
      paragraphs: [sentence(variadic ? `${describe}; you may give several` : describe)],
    }),
  );
  if (commandLine === undefined) return blocks;
  const term = { style: 'syntax', text: '-- COMMAND [ARGUMENT]...' } as const;
  return [...blocks, { kind: 'entry', term, paragraphs: [sentence(commandLine.describe)] }];
}

const KEYS: ReadonlyMap<string, string> = new Map(POLICY_FLAGS.map(({ name, path }) => [name, path]));

const ABOUT_POLICY_OPTIONS = [
  'These are the keys of a policy, which portcullis-policy(5) describes in full. They make a policy on their own, or override the file of --policy. A value replaces the one in the file, a list replaces the whole list, and NAME=VALUE is added to the others.',
];

function optionSections(command: CommandDescription): readonly Block[] {
  return optionGroups(command).flatMap(({ heading, options }): readonly Block[] => {
    if (heading === 'Options') return optionBlocks(options);
    const about = options.some((option) => POLICY_OPTIONS.includes(option)) ? ABOUT_POLICY_OPTIONS : [];
    return [{ kind: 'subsection', title: heading }, ...paragraphs(about), ...optionBlocks(options, KEYS)];
  });
}

function exitBlocks({ exitCodes }: CommandDescription): readonly Block[] {
  return exitCodes.map(({ code, describe }) => ({
    kind: 'entry',
    term: { style: 'literal', text: String(code) },
    paragraphs: [sentence(describe)],
  }));
}
