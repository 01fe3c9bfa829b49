import { exportBpf } from './bpf/export.ts';
import type { ExportFormat, ImportFormat } from './format-names.ts';
import type { Exporter, Importer } from './imported.ts';

/** The reader of each format. */
export const IMPORTERS: Readonly<Record<ImportFormat, Importer>> = {};

/** The writer of each format. */
export const EXPORTERS: Readonly<Record<ExportFormat, Exporter>> = {
  bpf: exportBpf,
};
