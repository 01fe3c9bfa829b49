import { exportBpf } from './bpf/export.ts';
import { importBpf } from './bpf/import.ts';
import { exportCHeader } from './c-header/export.ts';
import { importFirejail } from './firejail/import.ts';
import type { ExportFormat, ImportFormat } from './format-names.ts';
import type { Exporter, Importer } from './imported.ts';
import { importKafel } from './kafel/import.ts';
import { exportMinijail } from './minijail/export.ts';
import { importMinijail } from './minijail/import.ts';
import { exportOci } from './oci/export.ts';
import { importOci } from './oci/import.ts';
import { exportSeccompiler } from './seccompiler/export.ts';
import { importSeccompiler } from './seccompiler/import.ts';
import { exportSpo } from './spo/export.ts';
import { exportSystemd } from './systemd/export.ts';
import { importSystemd } from './systemd/import.ts';

/** The reader of each format. */
export const IMPORTERS: Readonly<Record<ImportFormat, Importer>> = {
  oci: importOci,
  bpf: importBpf,
  systemd: importSystemd,
  minijail: importMinijail,
  kafel: importKafel,
  seccompiler: importSeccompiler,
  firejail: importFirejail,
};

/** The writer of each format. */
export const EXPORTERS: Readonly<Record<ExportFormat, Exporter>> = {
  oci: exportOci,
  spo: exportSpo,
  systemd: exportSystemd,
  minijail: exportMinijail,
  seccompiler: exportSeccompiler,
  bpf: exportBpf,
  'c-header': exportCHeader,
};
