import { writeFileSync } from 'node:fs'
import koffi from 'koffi'
import { Fault } from '#core/errors.ts'
import { err, ok, type Result } from '#core/result.ts'
import { close, memfdCreate } from './libc.ts'
import { inOptionalNamespace } from './enter-namespace.ts'
import type { NetlinkSocket } from './netlink-socket.ts'
import { changeElements, elementSocket, type ElementChange } from './nft-elements.ts'
import { rulesetGeneration } from './nft-objects.ts'
import { parseNftError, type NftError } from './nft-error.ts'
import type { NftFamily } from './nft-numbers.ts'
import { withoutSignals } from './signals.ts'

export { describeNftError, type NftError, type NftErrorKind } from './nft-error.ts'
export { loadInChild, type LoadError, type LoadOptions } from './nft-child.ts'

const NFT_CTX_DEFAULT = 0
const MFD_CLOEXEC = 1
// enum nft_ctx_output_flags, libnftables.h
const outputFlag = { stateless: 1 << 2, handles: 1 << 3, json: 1 << 4, echo: 1 << 5, numeric: 0x7 << 7, terse: 1 << 11 }

export interface RunOptions {
  /** List sets and maps without their elements (`nft -t`). A listing without it copies every element. */
  readonly terse?: boolean
  /** Add `# handle N` to listed objects. */
  readonly handles?: boolean
  /** Print what was added, with handles when `handles` is set. */
  readonly echo?: boolean
  /** List without counter values and timeouts left. */
  readonly stateless?: boolean
  /** Ports, protocols and priorities as numbers. */
  readonly numeric?: boolean
  /** Ask the kernel whether it would accept the text; change nothing. */
  readonly check?: boolean
}

const load = () => {
  try {
    const library = koffi.load('libnftables.so.1')
    return {
      create: library.func('void *nft_ctx_new(uint32_t flags)') as (flags: number) => bigint | null,
      free: library.func('void nft_ctx_free(void *ctx)') as (ctx: bigint) => void,
      bufferOutput: library.func('int nft_ctx_buffer_output(void *ctx)') as (ctx: bigint) => number,
      bufferError: library.func('int nft_ctx_buffer_error(void *ctx)') as (ctx: bigint) => number,
      output: library.func('const char *nft_ctx_get_output_buffer(void *ctx)') as (ctx: bigint) => string | null,
      error: library.func('const char *nft_ctx_get_error_buffer(void *ctx)') as (ctx: bigint) => string | null,
      setFlags: library.func('void nft_ctx_output_set_flags(void *ctx, uint32_t flags)') as (
        ctx: bigint,
        flags: number,
      ) => void,
      setDryRun: library.func('void nft_ctx_set_dry_run(void *ctx, bool dry)') as (ctx: bigint, dry: boolean) => void,
      runFile: library.func('int nft_run_cmd_from_filename(void *ctx, const char *path)') as (
        ctx: bigint,
        path: string,
      ) => number,
      run: library.func('int nft_run_cmd_from_buffer(void *ctx, void *text)') as (
        ctx: bigint,
        text: Uint8Array,
      ) => number,
    }
  } catch (cause) {
    throw new Fault('library-missing', 'libnftables.so.1 is not installed or cannot be loaded.', { cause })
  }
}
let loaded: ReturnType<typeof load> | undefined

/**
 * nftables in this process. One `run` is one transaction: all of it or nothing.
 *
 * The context never returns the memory it grew to: keep it for small deltas (an element in a set of 100,000 costs about
 * 0.04 ms) and give everything big to {@link loadInChild}. In an unprivileged user namespace the socket buffer cannot be
 * forced, and one transaction of 10,000 elements fails with kind `too-large`: 4,000 elements per chunk fit.
 */
export class Nft {
  readonly #library: ReturnType<typeof load>
  readonly #namespace: string | undefined
  #context: bigint | undefined
  #elements: NetlinkSocket | undefined
  /** Number of the ruleset up to which nobody but {@link change} changed anything since {@link trust}. */
  #trusted = -1

  private constructor(library: ReturnType<typeof load>, context: bigint, namespace: string | undefined) {
    this.#library = library
    this.#context = context
    this.#namespace = namespace
  }

  /**
   * Opens libnftables, by default for this process's network, else for the named namespace.
   * @throws Fault `library-missing`, `kernel-feature-missing`
   */
  static open(options: { namespace?: string } = {}): Nft {
    loaded ??= load()
    const library = loaded
    const context = inOptionalNamespace(options.namespace, () => library.create(NFT_CTX_DEFAULT))
    if (context === null) throw new Fault('kernel-feature-missing', 'libnftables cannot open its netlink socket.')
    if (library.bufferOutput(context) !== 0 || library.bufferError(context) !== 0) {
      library.free(context)
      throw new Fault('internal', 'libnftables cannot buffer its output.')
    }
    return new Nft(library, context, options.namespace)
  }

  /**
   * Runs nft text (`list ruleset`, or many lines of `add …`) as one transaction and returns what it printed.
   * @throws Fault `privileges-missing` when the kernel refuses for lack of privilege
   */
  run(text: string, options: RunOptions = {}): Result<string, NftError> {
    return this.#run(text, options, 0)
  }

  /** Runs a command with JSON output, e.g. `json<{ nftables: unknown[] }>('list tables')`. The shape is libnftables-json(5)'s. */
  json<T>(command: string, options: RunOptions = {}): Result<T, NftError> {
    const result = this.#run(command, options, outputFlag.json)
    if (!result.ok) return result
    const value: T = JSON.parse(result.value === '' ? '{"nftables":[]}' : result.value)
    return ok(value)
  }

  /**
   * Puts elements into sets and takes them out, as one transaction, past the library.
   * @returns one sentence about what the kernel refused
   * @throws Fault `privileges-missing`
   */
  change(family: NftFamily, table: string, changes: readonly ElementChange[]): Result<undefined, string> {
    this.#open()
    this.#elements ??= elementSocket(this.#namespace)
    const next = this.isTrusted() && changes.length > 0 ? this.#trusted + 1 : -1
    const result = changeElements(this.#elements, family, table, changes)
    // By one only when nobody else came in between.
    if (next >= 0 && result.ok && rulesetGeneration() === next) this.#trusted = next
    return result
  }

  /** Whoever has looked says that the ruleset of this number is as it should be. Only in this process's own network. */
  trust(generation: number): void {
    this.#trusted = generation
  }

  /** Whether the ruleset is the one that was trusted, but for elements that {@link change} put in and took out since. */
  isTrusted(): boolean {
    return this.#trusted >= 0 && this.#trusted === rulesetGeneration()
  }

  /** Name of the network namespace it changes; undefined for this process's own. */
  get namespace(): string | undefined {
    return this.#namespace
  }

  close(): void {
    if (this.#context === undefined) return
    this.#library.free(this.#context)
    this.#context = undefined
    this.#elements?.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  #open(): bigint {
    if (this.#context === undefined) throw new Fault('internal', 'An nft context was used after it was closed.')
    return this.#context
  }

  #run(text: string, options: RunOptions, extra: number): Result<string, NftError> {
    const context = this.#open()
    const library = this.#library
    library.setFlags(context, flagsOf(options) | extra)
    library.setDryRun(context, options.check ?? false)
    const bytes = Buffer.from(`${text}\0`)
    const status = inOptionalNamespace(this.#namespace, () => withoutSignals(() => library.run(context, bytes)))
    // Reading a buffer also empties it: both, every time.
    const output = library.output(context) ?? ''
    const error = library.error(context) ?? ''
    if (status === 0) return ok(output)
    if (/Operation not permitted/.test(error))
      throw new Fault('privileges-missing', 'The kernel refused an nftables change: Operation not permitted.')
    return err(parseNftError(this.#locate(context, text) ?? error, text))
  }

  /**
   * The library names no position for text from memory, and quotes its first line whatever the line at fault. For a file it does
   * both, so a refused text is checked again, without effect, as a file in memory.
   */
  #locate(context: bigint, text: string): string | undefined {
    const fd = memfdCreate('nft', MFD_CLOEXEC)
    if (fd < 0) return undefined
    try {
      writeFileSync(fd, `${text}\n`)
      this.#library.setFlags(context, 0)
      this.#library.setDryRun(context, true)
      const path = `/proc/self/fd/${fd}`
      const status = inOptionalNamespace(this.#namespace, () =>
        withoutSignals(() => this.#library.runFile(context, path)),
      )
      this.#library.output(context)
      const error = this.#library.error(context) ?? ''
      return status === 0 ? undefined : error.replaceAll(path, 'nft')
    } finally {
      close(fd)
    }
  }
}

const flagsOf = (options: RunOptions): number =>
  (options.terse ? outputFlag.terse : 0) |
  (options.handles ? outputFlag.handles : 0) |
  (options.echo ? outputFlag.echo : 0) |
  (options.stateless ? outputFlag.stateless : 0) |
  (options.numeric ? outputFlag.numeric : 0)
