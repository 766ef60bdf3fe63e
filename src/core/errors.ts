/** Exit codes of the command line. Documented in `bulkhead help exit-codes` and held by a test. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  policy: 3,
  environment: 4,
  unavailable: 5,
  busy: 6,
  refused: 7,
} as const
export type ExitName = keyof typeof exitCodes

/** One catalogue of errors a person can meet: which exit code, and what to do about it. */
export const catalogue = {
  usage: { exit: 'usage', advice: 'Run the command with --help to see what it takes.' },
  'file-unreadable': { exit: 'usage', advice: 'Check the path and its permissions.' },
  'policy-invalid': { exit: 'policy', advice: 'Correct the lines named above; nothing was applied.' },
  'policy-tests-failed': { exit: 'policy', advice: 'Change the policy or the expectation; nothing was applied.' },
  'inspection-missing': {
    exit: 'refused',
    advice:
      'Use a kernel with nft queue, or install iptables for its NFQUEUE target; or remove `allow:` to permit the whole service on purpose.',
  },
  'privileges-missing': { exit: 'environment', advice: 'Run as root, or grant CAP_NET_ADMIN and CAP_NET_RAW.' },
  'kernel-feature-missing': { exit: 'environment', advice: 'Run `bulkhead edge doctor` to see what the kernel lacks.' },
  'library-missing': { exit: 'environment', advice: 'Install it: apt-get install nftables iproute2.' },
  'interface-missing': {
    exit: 'environment',
    advice: 'Run `ip link` and correct the port under `edges:` in the policy.',
  },
  'interface-refused': { exit: 'refused', advice: 'Choose another port or change what is connected to it.' },
  'resources-exhausted': {
    exit: 'environment',
    advice:
      'Raise the limit (LimitNOFILE=, TasksMax= or MemoryMax= of the unit; ulimit -a shows those of a shell), or end what uses it up. What was enforced stays enforced.',
  },
  'disk-full': { exit: 'environment', advice: 'Free space in the state directory; what was enforced stays enforced.' },
  'store-corrupt': {
    exit: 'environment',
    advice:
      'Move the file away to start with an empty store, and with the policy that the edge is given. What is enforced stays; when the machine restarts it comes from the copy beside the file (`bulkhead edge load`).',
  },
  'store-busy': { exit: 'busy', advice: 'Another process is writing the state; try again, or stop it if it hangs.' },
  'store-unreadable': {
    exit: 'environment',
    advice: 'Check the disk, the path and its permissions; the kernel keeps enforcing meanwhile.',
  },
  'edge-running': { exit: 'busy', advice: 'Stop the other daemon first, or use `bulkhead edge status` to reach it.' },
  'edge-busy': { exit: 'busy', advice: 'Close other `bulkhead edge events --follow` and try again.' },
  'edge-unreachable': {
    exit: 'unavailable',
    advice:
      'Start it with `bulkhead edge run`, or name its socket with --socket. `bulkhead edge doctor` says what the kernel does meanwhile.',
  },
  unauthenticated: { exit: 'refused', advice: 'Log in, or send an API token that is valid.' },
  forbidden: { exit: 'refused', advice: 'Ask somebody whose role permits it; `GET /v1/roles` shows who may do what.' },
  conflict: { exit: 'refused', advice: 'Look at what is there now, and try again.' },
  'too-many-requests': { exit: 'busy', advice: 'Wait as long as the answer says, then try again.' },
  'request-slow': { exit: 'failed', advice: 'Send the whole request at once.' },
  'request-malformed': { exit: 'usage', advice: 'Send plain HTTP/1.1 as RFC 9112 has it, with a path as documented.' },
  'manager-running': { exit: 'busy', advice: 'Stop the other manager first, or choose another --state.' },
  'manager-unreachable': {
    exit: 'unavailable',
    advice: 'Start it with `bulkhead manager run`, or name its state directory with --state.',
  },
  'database-failed': {
    exit: 'environment',
    advice: 'Look at postgres.log in the state directory, or at the server that DATABASE_URL names.',
  },
  'backup-invalid': { exit: 'failed', advice: 'Nothing was restored. Take another backup file.' },
  'not-found': { exit: 'failed', advice: 'List what exists and try again.' },
  refused: { exit: 'refused', advice: 'See the reason above; --force exists where it is safe to insist.' },
  'kernel-rejected': { exit: 'failed', advice: 'The running rules are unchanged. Run `bulkhead edge doctor`.' },
  internal: { exit: 'failed', advice: 'This is a fault in Bulkhead. Please report it with the code and the command.' },
} as const satisfies Record<string, { exit: ExitName; advice: string }>
export type ErrorCode = keyof typeof catalogue

/**
 * An error that a person is meant to read: what happened, where, and what to do.
 * Off the packet path only; on it errors are values.
 */
export class Fault extends Error {
  readonly code: ErrorCode
  readonly advice: string
  readonly details: readonly string[]

  constructor(
    code: ErrorCode,
    what: string,
    options: { advice?: string; details?: readonly string[]; cause?: unknown } = {},
  ) {
    super(what, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'Fault'
    this.code = code
    this.advice = options.advice ?? catalogue[code].advice
    this.details = options.details ?? []
  }

  get exit(): number {
    return exitCodes[catalogue[this.code].exit]
  }

  toJSON() {
    return { code: this.code, what: this.message, advice: this.advice, details: this.details }
  }
}

/** Where a machine, or a limit of this process, has no more to give: nothing is wrong with Bulkhead or with what was asked. */
const lacks: Readonly<Record<string, string>> = {
  EMFILE: 'this process may open no more files (EMFILE)',
  ENFILE: 'nobody on this machine may open more files (ENFILE)',
  EAGAIN: 'no more processes may be started (EAGAIN)',
  ENOMEM: 'there is no memory left (ENOMEM)',
}

/** @param code name of the error number @param what was tried, e.g. `open /etc/hosts` */
export const exhaustedFault = (code: string, what: string, cause?: unknown): Fault | undefined => {
  const lack = lacks[code]
  return lack === undefined ? undefined : new Fault('resources-exhausted', `${what}: ${lack}.`, { cause })
}

/** What Node threw, if it is that. A call that would have waited (EAGAIN) is something else where no process is started. */
export const exhaustionOf = (error: unknown): Fault | undefined => {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined
  const call = 'syscall' in error && typeof error.syscall === 'string' ? error.syscall : ''
  if (error.code === 'EAGAIN' && !call.startsWith('spawn')) return undefined
  const path = 'path' in error && typeof error.path === 'string' && !call.includes(error.path) ? error.path : ''
  return exhaustedFault(error.code, `${call} ${path}`.trim() || 'A call', error)
}

/**
 * What the one that threw calls it: Node `ENOENT`, zlib `Z_BUF_ERROR`, PostgreSQL the SQLSTATE `23505`, a {@link Fault} `not-found`.
 * @returns undefined where nothing is named in words
 */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined

/** The words of whatever was thrown: one need not throw an Error. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
