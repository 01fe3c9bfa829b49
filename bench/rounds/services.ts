import type { RoundsService } from './service.ts';
import { ASK } from './services/ask.ts';
import { FILES } from './services/files.ts';
import { LANGUAGES } from './services/languages.ts';
import { LISTENERS } from './services/listeners.ts';
import { MACHINES } from './services/machines.ts';
import { MAIL } from './services/mail.ts';
import { REPOSITORIES } from './services/repositories.ts';
import { SMALL } from './services/small.ts';
import { WEB } from './services/web.ts';

export const SERVICES: readonly RoundsService[] = [
  ...SMALL,
  ...ASK,
  ...MAIL,
  ...REPOSITORIES,
  ...FILES,
  ...MACHINES,
  ...WEB,
  ...LISTENERS,
  ...LANGUAGES,
];
