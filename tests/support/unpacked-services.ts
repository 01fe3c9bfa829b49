import { type PackagedFile, unpackedFile, unpackPackage } from './unpacked-package.ts';

/** Services that are not installed: one conflicts with another TFTP server, the other wants an inetd. Their libraries come with tftpd-hpa. */
const SERVICES: Readonly<Record<'atftpd' | 'in.ntalkd', PackagedFile>> = {
  atftpd: { package: 'atftpd', file: 'usr/sbin/atftpd' },
  'in.ntalkd': { package: 'talkd', file: 'usr/sbin/in.ntalkd' },
};

export function unpackServices(): void {
  for (const packaged of Object.values(SERVICES)) unpackPackage(packaged);
}

/** The package that has a service of this list at a path; `undefined` for every other program. */
export function packageOfUnpacked(path: string): string | undefined {
  return Object.values(SERVICES).find(({ file }) => path === `/${file}`)?.package;
}

/** The path of a service, once `unpackServices` has run. */
export function unpackedService(name: keyof typeof SERVICES): string {
  return unpackedFile(SERVICES[name]);
}
