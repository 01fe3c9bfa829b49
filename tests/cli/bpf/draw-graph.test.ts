import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layOut } from '../../../src/cli/bpf/graph-layout.ts';
import { svgGraph } from '../../../src/cli/bpf/svg-graph.ts';
import { blocksOf, compileFilter } from '../../../src/seccomp/index.ts';
import { filterOf } from '../../seccomp/support/policy.ts';
import { portcullis } from '../../support/portcullis.ts';
import { TestFolder } from '../../support/test-folder.ts';
import { dataOf, POLICY } from './support/filters.ts';

describe('bpf graph', () => {
  test('prints DOT, data, or a picture that is XML', async () => {
    using folder = new TestFolder();
    const policy = folder.write('sample.yaml', POLICY);
    expect((await portcullis(['bpf', 'graph', policy])).stdout).toMatch(/^digraph filter \{\n.*\n\}\n$/s);
    const blocks = await dataOf(['bpf', 'graph', '--json', policy]);
    expect(blocks).toEqual(expect.arrayContaining([expect.objectContaining({ first: 0 })]));
    const picture = (await portcullis(['bpf', 'graph', '--svg', policy])).stdout;
    expect(picture).toMatch(/^<svg xmlns="[^"]+" width="\d+" height="\d+"/);
    const open = [...picture.matchAll(/<(\w+)(?: [^>]*[^/])?>/g)].map(([, name]) => name).toSorted();
    const closed = [...picture.matchAll(/<\/(\w+)>/g)].map(([, name]) => name).toSorted();
    expect(open).toEqual(closed);
    expect((await portcullis(['bpf', 'graph', '--svg', '--json', policy])).code).toBe(2);
  });

  test('boxes do not touch, and every edge leads down from box to box', () => {
    const node = fc.record({
      width: fc.integer({ min: 10, max: 200 }),
      height: fc.integer({ min: 10, max: 60 }),
    });
    const graph = fc.array(fc.tuple(node, fc.array(fc.nat(40), { maxLength: 2 })), {
      minLength: 1,
      maxLength: 40,
    });
    fc.assert(
      fc.property(graph, (drawn) => {
        const nodes = drawn.map(([size, steps], index) => ({
          ...size,
          next: [...new Set(steps.map((step) => index + 1 + step))].filter((to) => to < drawn.length),
        }));
        const { boxes, edges, width, height } = layOut(nodes);
        const sides = boxes.map(({ x, y }, index) => {
          const { width: w, height: h } = nodes[index] ?? { width: 0, height: 0 };
          return { left: x, right: x + w, top: y, bottom: y + h };
        });
        for (const [index, box] of sides.entries()) {
          expect(box.left >= 0 && box.top >= 0 && box.right <= width && box.bottom <= height).toBe(true);
          for (const other of sides.slice(index + 1)) {
            const apart =
              box.right <= other.left ||
              other.right <= box.left ||
              box.bottom <= other.top ||
              other.bottom <= box.top;
            expect(apart).toBe(true);
          }
          for (const [edge, to] of (nodes[index]?.next ?? []).entries()) {
            const points = edges[index]?.[edge] ?? [];
            const ys = points.map(({ y }) => y);
            expect([ys[0], ys.at(-1)]).toEqual([box.bottom, sides[to]?.top]);
            expect(ys).toEqual(ys.toSorted((a, b) => a - b));
          }
        }
      }),
      { numRuns: 300, seed: 2 },
    );
  });

  test('a picture of the largest group is made at once', () => {
    const blocks = blocksOf(compileFilter(filterOf(['@system-service', 'ioctl(cmd in {1, 3, 5, 7, 9})'])));
    const picture = svgGraph(blocks);
    expect(picture.match(/<text/g)?.length).toBeGreaterThan(blocks.length);
  });
});
