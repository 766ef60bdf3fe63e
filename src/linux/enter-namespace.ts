import { Fault } from '#core/errors.ts'
import { close, errno, errnoText, lastErrno, must, open, setns } from './libc.ts'

const CLONE_NEWNET = 0x40000000
const O_RDONLY_CLOEXEC = 0o2000000

/** @throws Fault `usage` for a name that is not a plain file name */
export const namespacePath = (name: string): string => {
  // The name becomes a file name under /run/netns; anything else would reach other files.
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}$/.test(name))
    throw new Fault('usage', `"${name}" is no name for a namespace.`)
  return `/run/netns/${name}`
}

/**
 * Runs `fn` with this thread inside the network namespace and comes back before returning. A socket opened inside stays there.
 * `fn` must be synchronous: after an await, other code of the process would run in the wrong network.
 * @throws Fault `not-found` when there is no such namespace
 */
export const inNamespace = <T>(name: string, fn: () => T): T => {
  const path = namespacePath(name)
  const home = must('open(/proc/thread-self/ns/net)', open('/proc/thread-self/ns/net', O_RDONLY_CLOEXEC))
  try {
    const target = open(path, O_RDONLY_CLOEXEC)
    if (target < 0) {
      const error = lastErrno()
      if (error === errno.ENOENT) throw new Fault('not-found', `There is no network namespace "${name}".`)
      throw new Fault('privileges-missing', `Network namespace "${name}" cannot be opened: ${errnoText(error)}.`)
    }
    try {
      must(`setns(${name})`, setns(target, CLONE_NEWNET))
    } finally {
      close(target)
    }
    try {
      const result = fn()
      if (result instanceof Promise) throw new Fault('internal', 'inNamespace was given an asynchronous function.')
      return result
    } finally {
      // In the wrong network nothing this process does is safe any more.
      if (setns(home, CLONE_NEWNET) < 0) process.abort()
    }
  } finally {
    close(home)
  }
}

/** {@link inNamespace} where the namespace is optional: without a name `fn` runs in this process's own network. */
export const inOptionalNamespace = <T>(name: string | undefined, fn: () => T): T =>
  name === undefined ? fn() : inNamespace(name, fn)
