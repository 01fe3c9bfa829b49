import type { Architecture } from '../../../kernel/architecture.ts';
import { parseRule } from '../../language/parse-rule.ts';
import { resolveCondition } from '../../language/resolve-condition.ts';
import type { Diagram, Diagrams } from '../../prove/diagram.ts';
import { conditionDiagram } from '../../prove/rules-diagram.ts';
import type { Layer, LayerRule } from './layer.ts';

/**
 * Returns a test that holds for the calls of one name that a layer of systemd lets through.
 *
 * @param bits 'all': as systemd compares; 'used': without the bits of a register that the kernel ignores
 */
export function leftByLayer(
  layer: Layer,
  call: string,
  bits: 'all' | 'used',
  diagrams: Diagrams,
  architecture: Architecture,
): Diagram {
  const refused = (layer.rules.get(call) ?? []).map((rule) =>
    holds(rule, call, bits, diagrams, architecture),
  );
  return refused.reduce((left, test) => diagrams.and(left, diagrams.not(test)), diagrams.always);
}

function holds(
  { condition }: LayerRule,
  call: string,
  bits: 'all' | 'used',
  diagrams: Diagrams,
  architecture: Architecture,
): Diagram {
  if (condition === undefined) return diagrams.always;
  const parsed = parseRule(`${call}(${bits === 'all' ? condition : condition.replaceAll(':64', '')})`);
  if (!parsed.ok || parsed.value.condition === undefined)
    throw new Error(`a layer's rule is wrong: ${condition}`);
  return conditionDiagram(diagrams, resolveCondition(parsed.value.condition, call, architecture));
}

/** Returns whether the outer test lets through everything that the inner one does. */
export function isWithin(diagrams: Diagrams, inner: Diagram, outer: Diagram): boolean {
  return diagrams.and(inner, diagrams.not(outer)) === diagrams.never;
}
