import { datagramPorts } from '../../plan/steps/peer-sockets.ts';
import { checkTogether } from '../../policy/check-together.ts';
import type { Diagnostic } from '../../policy/diagnostic.ts';
import type { PolicySource } from '../policy-source.ts';
import { allTexts } from '../print/report.ts';
import { type LoadedService, type LoadOptions, planService, readService } from './load-service.ts';
import { valueIn } from './outcome.ts';

/** Policies of services that run on one host. */
export interface LoadedServices {
  readonly services: readonly LoadedService[];
  readonly texts: ReadonlyMap<string, string>;
  /** Those of each policy, and those that they have only together. */
  readonly diagnostics: readonly Diagnostic[];
}

export function loadTogether(sources: readonly PolicySource[], options: LoadOptions): LoadedServices {
  const written = sources.map((source) => readService(source, options));
  const ports = written.flatMap(({ policy }) => datagramPorts(valueIn(policy)?.listen ?? []));
  const services = written.map((service) => planService(service, options, ports));
  const resolved = services.flatMap(({ policy, uid }) =>
    policy === undefined || uid === undefined ? [] : [{ policy, uid }],
  );
  const diagnostics = [...services.flatMap((service) => service.diagnostics), ...checkTogether(resolved)];
  return { services, texts: allTexts(services), diagnostics };
}
