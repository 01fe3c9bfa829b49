/**
 * Asks for at least one file after the options are checked: were the positional demanded, an unknown option that takes
 * the only file for its value would be reported as a missing file.
 */
export function hasFiles(args: { readonly files?: unknown }): true {
  if (Array.isArray(args.files) && args.files.length > 0) return true;
  throw new Error('name at least one policy file');
}
