import { execFile } from 'node:child_process'

/**
 * Runs many `ip` commands in one process: starting one for each is what makes a world slow.
 * @throws Error with the failing command as `ip` reports it
 */
export const ipBatch = (commands: readonly (readonly string[])[], namespace?: string): Promise<void> => {
  if (commands.length === 0) return Promise.resolve()
  const args = [...(namespace === undefined ? [] : ['-n', namespace]), '-batch', '-']
  const text = commands.map((command) => `${command.join(' ')}\n`).join('')
  return new Promise((resolve, reject) => {
    const child = execFile('ip', args, (error, _, stderr) => {
      if (error === null) return resolve()
      const line = Number(/Command failed -:(\d+)/.exec(stderr)?.[1] ?? 0)
      reject(new Error(`ip ${commands[line - 1]?.join(' ') ?? ''}: ${stderr.trim() || error.message}`))
    })
    child.stdin?.end(text)
  })
}
