import type { Policy } from '../../policy/policy.ts';
import type { Survey } from '../survey.ts';
import type { Finding } from './finding.ts';
import { kernelFindings, landlockFindings, seccompFindings } from './kernel.ts';
import { listenerFindings } from './listeners.ts';
import { namespaceFindings, privilegeFindings } from './privilege.ts';
import { programFindings } from './program.ts';
import { limitFindings, settingFindings } from './settings.ts';

export interface Asked {
  /** The value of the policy in question, or else the default of policies. */
  readonly landlock: Policy['landlock'];
  /** The number of descriptors that a launch needs. */
  readonly descriptors: number;
}

/** Everything about a host and a caller, good and bad, in the order in which a launch meets it. */
export function judge(survey: Survey, { landlock, descriptors }: Asked): readonly Finding[] {
  return [
    ...kernelFindings(survey),
    ...seccompFindings(survey),
    ...landlockFindings(survey, landlock),
    ...programFindings(survey),
    ...privilegeFindings(survey),
    ...namespaceFindings(survey),
    ...limitFindings(survey, descriptors),
    ...settingFindings(survey),
    ...listenerFindings(survey),
  ];
}
