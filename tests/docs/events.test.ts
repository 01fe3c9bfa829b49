import { describe, expect, test } from 'vitest';
import { page } from './support/page.ts';

const text = page('docs/events.md');
const source = page('src/gate-protocol/gate-event.ts');

/** Headings of the page with the fields that their tables name. */
const sections = new Map(
  text
    .split(/^## /m)
    .slice(1)
    .map((section): [string, readonly string[]] => {
      const rows = [...section.matchAll(/^\| (`[^|]+`) \|/gm)];
      const fields = rows.flatMap(([, cell = '']) =>
        [...cell.matchAll(/`([a-z_]+)`/g)].map(([, name = '']) => name),
      );
      return [section.split('\n', 1)[0] ?? '', fields];
    }),
);

/** The members of the union in gate-event.ts: names of events and names of their fields. */
const members = source
  .slice(source.indexOf('export type GateEvent'), source.indexOf('/** One line'))
  .split(/^ {2}\| /m)
  .slice(1)
  .map((member) => {
    const [, names = ''] = /event: ([^;}]+)/.exec(member) ?? [];
    const fields = [...member.matchAll(/readonly (\w+)\??:/g)].map(([, name = '']) => name);
    const peer = member.includes('PeerFields') ? ['peer', 'port'] : [];
    return {
      events: [...names.matchAll(/'([a-z-]+)'/g)].map(([, name = '']) => name),
      fields: [...fields.filter((name) => name !== 'event'), ...peer],
    };
  });

const events = members.flatMap((member) => member.events.map((event) => ({ event, fields: member.fields })));

describe('docs/events.md', () => {
  test('has the events of the gate, the log and the loss of a gate, no others', () => {
    const general = ['Every event', 'How much there can be', 'The explanation of a denied call'];
    const documented = [...sections.keys()].filter((heading) => !general.includes(heading));
    expect(documented.toSorted()).toEqual([...events.map(({ event }) => event), 'log', 'lost'].toSorted());
  });

  test.each(events)('names every field of $event', ({ event, fields }) => {
    expect(sections.get(event)).toEqual(expect.arrayContaining(fields));
  });
});
