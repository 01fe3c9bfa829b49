import type { Place, PolicyDocument } from './document.ts';
import { isMapping } from './mapping.ts';

type Mapping = Readonly<Record<string, unknown>>;

/**
 * One document over another: a value or a list that both have is the upper one's, a mapping has the keys of both. Where
 * the lower one is no mapping but has to be, it stays, because that is a mistake to report.
 */
export function overlay(lower: PolicyDocument, upper: PolicyDocument): PolicyDocument {
  const places = new Map(lower.places);
  const merged =
    isMapping(lower.value) && isMapping(upper.value)
      ? merge(lower.value, upper.value, '', places, upper.places)
      : lower.value;
  return {
    value: merged,
    places,
    settled: new Set([...lower.settled, ...upper.settled]),
    diagnostics: [...lower.diagnostics, ...upper.diagnostics],
  };
}

function merge(
  lower: Mapping,
  upper: Mapping,
  path: string,
  places: Map<string, Place>,
  upperPlaces: ReadonlyMap<string, Place>,
): Mapping {
  const merged: Record<string, unknown> = Object.assign(Object.create(null), lower);
  for (const [key, value] of Object.entries(upper)) {
    const at = path === '' ? key : `${path}.${key}`;
    const below = merged[key];
    if (isMapping(value) && isMapping(below)) merged[key] = merge(below, value, at, places, upperPlaces);
    else if (!isMapping(value) || !(key in merged)) {
      merged[key] = value;
      replacePlaces(at, places, upperPlaces);
    }
  }
  return merged;
}

function replacePlaces(
  path: string,
  places: Map<string, Place>,
  upperPlaces: ReadonlyMap<string, Place>,
): void {
  const inside = (candidate: string): boolean => candidate === path || candidate.startsWith(`${path}.`);
  for (const candidate of [...places.keys()].filter(inside)) places.delete(candidate);
  for (const [candidate, place] of upperPlaces) if (inside(candidate)) places.set(candidate, place);
}
