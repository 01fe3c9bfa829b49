/**
 * Variables by which the caller makes Node, its libraries or the loader run other code, read other files, or write some.
 * All that begin as Node's own or a library's do count: the next version has more of them.
 */
const STEERING =
  /^(NODE|LD|UV|OPENSSL|OSSL|SSL|ICU|V8|GLIBC|MALLOC|ARES|CARES)_|^(CTLOG_FILE|GCONV_PATH|GETCONF_DIR|HOSTALIASES|LOCALDOMAIN|LOCPATH|NIS_PATH|NLSPATH|QLOGDIR|RANDFILE|RESOLV_HOST_CONF|RES_OPTIONS|SSLKEYLOGFILE|TZDIR)$/;

/** Those that many hosts set, and why they may stay. */
export const HARMLESS: ReadonlyMap<string, string> = new Map([
  ['NODE_DISABLE_COLORS', 'colours of a prompt that never comes'],
  ['NODE_ENV', 'Node does not read it, and neither does this program'],
  ['NODE_EXTRA_CA_CERTS', 'certificates, which are data: nothing here makes a TLS connection'],
  ['NODE_NO_WARNINGS', 'Node prints less'],
  ['NODE_VERSION', 'images of containers say with it what they hold; Node does not read it'],
  ['SSL_CERT_DIR', 'certificates, which are data: nothing here makes a TLS connection'],
  ['SSL_CERT_FILE', 'certificates, which are data: nothing here makes a TLS connection'],
  ['UV_THREADPOOL_SIZE', 'a number of threads, which the supervisor has none of'],
]);

/** Returns whether root refuses to start with this variable. */
export function steersLaunch(name: string): boolean {
  return STEERING.test(name) && !HARMLESS.has(name);
}
