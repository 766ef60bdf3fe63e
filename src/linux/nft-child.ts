import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Fault, catalogue, type ErrorCode, exhaustionOf } from '#core/errors.ts'
import { err, ok, type Result } from '#core/result.ts'
import type { NftError } from './nft-error.ts'
import { isConnected } from './process.ts'

/** A chunk the kernel refused. The chunks before it are in the kernel; it and those after it are not. */
export interface LoadError {
  /** 0-based. */
  readonly chunk: number
  readonly error: NftError
}

export interface LoadOptions {
  readonly namespace?: string
  /** Stops between two chunks; the child dies at once and the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal
  /** Called after each chunk the kernel took. */
  readonly onChunk?: (chunk: number) => void
}

const script = fileURLToPath(new URL('nft-load.ts', import.meta.url))

/** What the child writes per chunk, one JSON object a line. */
export type LoadReply =
  | { readonly chunk: number; readonly ok: true }
  | { readonly chunk: number; readonly ok: false; readonly error: NftError }
  | { readonly fault: { readonly code: ErrorCode; readonly what: string } }

/**
 * Loads nft text in a short-lived process, each chunk one transaction, in order, stopping at the first refused chunk. The child
 * takes the memory libnftables grew to with it. Keep a chunk at 4,000 elements or fewer (see {@link Nft}).
 * @returns the number of chunks loaded
 * @throws Fault `library-missing`, `privileges-missing`, `resources-exhausted`, `kernel-rejected` when the child dies
 */
export const loadInChild = async (
  chunks: AsyncIterable<string> | Iterable<string>,
  options: LoadOptions = {},
): Promise<Result<number, LoadError>> => {
  const args = [script, ...(options.namespace === undefined ? [] : [options.namespace])]
  const child = spawn(process.execPath, args, {
    stdio: ['pipe', 'pipe', 'inherit'],
    ...(options.signal && { signal: options.signal }),
  })
  const exited = once(child, 'close').catch((error: unknown) => {
    throw exhaustionOf(error) ?? error
  })
  // An abort or a failing spawn rejects here; the write loop below may notice first.
  exited.catch(() => undefined)
  if (!isConnected(child)) {
    await exited
    return ok(0)
  }
  child.stdin.on('error', () => undefined)
  let failure: LoadError | undefined
  let fault: Fault | undefined
  let loaded = 0
  let rest = ''
  child.stdout.setEncoding('utf8')
  child.stdout.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const reply: LoadReply = JSON.parse(line)
      if ('fault' in reply)
        fault = new Fault(reply.fault.code, reply.fault.what, { advice: catalogue[reply.fault.code].advice })
      else if (reply.ok) {
        loaded = reply.chunk + 1
        options.onChunk?.(reply.chunk)
      } else failure = { chunk: reply.chunk, error: reply.error }
    }
  })
  for await (const chunk of chunks) {
    if (
      failure !== undefined ||
      fault !== undefined ||
      child.exitCode !== null ||
      child.signalCode !== null ||
      child.stdin.destroyed
    )
      break
    const length = Buffer.alloc(4)
    const bytes = Buffer.from(chunk)
    length.writeUInt32LE(bytes.length)
    child.stdin.write(length)
    if (!child.stdin.write(bytes)) await Promise.race([once(child.stdin, 'drain').catch(() => undefined), exited])
  }
  child.stdin.end()
  const [code, signal] = await exited
  if (fault !== undefined) throw fault
  if (failure !== undefined) return err(failure)
  if (code !== 0)
    throw new Fault(
      'kernel-rejected',
      `The rule loader ended with ${signal ?? `exit code ${code}`} after ${loaded} chunks.`,
    )
  return ok(loaded)
}
