import type { SupervisedService } from '../../../src/supervisor/assignment.ts';

/** A service on two addresses, none of whose steps is known. */
export function service(parts: Partial<SupervisedService> = {}): SupervisedService {
  return {
    service: 'echo',
    file: '/etc/echo.yaml',
    listen: ['tcp://[::]:7', 'tcp4://127.0.0.1:8'],
    announcement: [],
    events: -1,
    log: -1,
    control: -1,
    steps: {},
    ...parts,
  };
}
