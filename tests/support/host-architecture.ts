import type { Architecture } from '../../src/kernel/architecture.ts';

export const HOST: Architecture = process.arch === 'arm64' ? 'aarch64' : 'x86_64';
