import { join } from 'node:path';
import { type Launch, type LaunchOptions, launchReady } from '../../support/launch.ts';
import { shippedPolicy } from '../../support/policy-file.ts';
import { freePort } from '../../support/ports.ts';
import { setUp } from '../../support/set-up.ts';
import { TestFolder } from '../../support/test-folder.ts';

/** A service at work under its shipped policy, in a folder and on a port of the test's own. */
export interface ShippedService extends AsyncDisposable {
  readonly folder: TestFolder;
  /** The file with the policy. */
  readonly policy: string;
  readonly root: string;
  readonly port: number;
  readonly running: Launch;
}

/** What the shipped policy says that a test has to replace, and what else differs. */
export interface ShippedOptions {
  /** Its file in `policies/`. */
  readonly policy: string;
  /** Where it listens, such as `[::]:43`. */
  readonly listen: string;
  /** The directory of its data. */
  readonly root: string;
  /** Texts of the policy with what is to stand there. */
  readonly changes?: Readonly<Record<string, string>>;
  readonly launch?: LaunchOptions;
  /** Adds to the data before the service starts. */
  readonly prepare?: (root: string) => void;
}

/** Starts a service as its policy says how to set it up. */
export async function serveShipped(options: ShippedOptions): Promise<ShippedService> {
  const folder = new TestFolder();
  const root = join(folder.path, 'data');
  const port = freePort();
  const policy = shippedPolicy(folder, options.policy, {
    [options.listen]: options.listen.replace(/\d+$/, String(port)),
    [options.root]: root,
    ...options.changes,
  });
  setUp(policy);
  options.prepare?.(root);
  const running = await launchReady([policy], options.launch);
  return {
    folder,
    policy,
    root,
    port,
    running,
    [Symbol.asyncDispose]: async () => {
      await running.stop();
      folder[Symbol.dispose]();
    },
  };
}
