import { closeSync, fstatSync, fsyncSync, openSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import { codeOf, Fault } from '#core/errors.ts'
import { examples, outputOf } from '../command.ts'
import { linesIn } from '../lines.ts'
import { type StateOption, stateOf, withState } from './state.ts'

interface Options extends StateOption {
  readonly user?: string
}

const url = (): string | undefined => process.env['DATABASE_URL']

/** A backup proves itself whole; whose it is, only this tells: anybody can sign one with a key of their own. */
const signedBy = (fingerprint: string): string => `Signed by the key ${fingerprint}.`

/** Opening a state makes what is missing: the backup of a wrong directory would be an empty one. @throws Fault `not-found` */
const known = (state: string): void => {
  try {
    statSync(join(state, 'audit.key'))
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error
    throw new Fault('not-found', `No manager has run here: there is no audit.key in ${state}.`, {
      advice: 'Name the directory that `bulkhead manager run --state` was given; nothing was written.',
    })
  }
}

const registerBackup = (manager: Command): void => {
  const backup = withState(manager.command('backup'))
    .description('write a copy of the database, signed, to a new file; the manager may run meanwhile')
    .argument('<file>', 'the file; it must not exist')
    .option('--user <name>', 'who the manager is when root starts it (default: bulkhead, else nobody)')
    .action(async (file: string, options: Options, command: Command) => {
      const { settle } = await import('#manager/privileges.ts')
      const { openState } = await import('#manager/open.ts')
      const { backUp } = await import('#manager/backup/backup.ts')
      const state = stateOf(options)
      known(state)
      // Opened before the privileges go: it is written where the caller may write.
      const out = openSync(file, 'wx', 0o600)
      const folder = openFolder(dirname(file))
      let whole = false
      try {
        settle(state, options.user)
        const opened = await openState({ state, url: url(), join: true, bring: 'none' })
        try {
          const claim = await backUp(opened, Date.now(), (line) => writeFileSync(out, `${line}\n`))
          fsyncSync(out)
          // With its name, which a power cut could leave out.
          if (folder !== undefined) fsyncSync(folder)
          whole = true
          const { users, audit } = claim.tables
          outputOf(command).result(claim, () =>
            [`${file}: ${users.rows} accounts, ${audit.rows} rows of audit.`, signedBy(claim.key)].join('\n'),
          )
        } finally {
          await opened.close()
        }
      } finally {
        closeSync(out)
        if (folder !== undefined) closeSync(folder)
        if (!whole) removeDraft(file)
      }
    })
  examples(backup, ['bulkhead manager backup november.backup', 'keep a copy that can be verified'])
}

/** A directory that may be written and not read has no handle by which it could be synced. */
const openFolder = (path: string): number | undefined => {
  try {
    return openSync(path, 'r')
  } catch {
    return undefined
  }
}

/** A file that is not whole must not be taken for a backup; where it cannot be removed, its missing end says so. */
const removeDraft = (file: string): void => {
  try {
    unlinkSync(file)
  } catch {}
}

const registerRestore = (manager: Command): void => {
  const restoring = withState(manager.command('restore'))
    .description('restore a backup into an empty state directory, and verify it')
    .argument('<file>', 'what `bulkhead manager backup` wrote')
    .option('--user <name>', 'who the manager becomes when root starts it (default: bulkhead, else nobody)')
    .action(async (file: string, options: Options, command: Command) => {
      const { settle } = await import('#manager/privileges.ts')
      const { openState } = await import('#manager/open.ts')
      const { restore } = await import('#manager/backup/restore.ts')
      const { askManager } = await import('#manager/client.ts')
      const { socketOf } = await import('#manager/socket.ts')
      const { Health } = await import('#schema/manager-api.ts')
      const input = openSync(file, 'r')
      // Opening one succeeds; reading it would fail without its name, and after the state directory was made.
      const kind = fstatSync(input)
      if (kind.isDirectory()) throw new Fault('file-unreadable', `${file} cannot be used: it is a directory.`)
      // Before anything is made: of a file that is not whole, no state and no keys are left behind. A pipe is read once.
      const start = kind.isFile() ? 0 : undefined
      if (start !== undefined) {
        const { checkBackup } = await import('#manager/backup/read.ts')
        await checkBackup(linesIn(file, input, start))
      }
      const state = stateOf(options)
      settle(state, options.user)
      const running = await askManager(socketOf(state), { path: '/v1/health', answer: Health }).then(
        () => true,
        (error: unknown) => !(error instanceof Fault && error.code === 'manager-unreachable'),
      )
      if (running) throw new Fault('manager-running', `A manager runs on ${state}.`)
      const opened = await openState({ state, url: url(), bring: 'unused' })
      try {
        const claim = await restore(opened, state, linesIn(file, input, start))
        const { users, audit } = claim.tables
        outputOf(command).result(claim, () =>
          [`Restored and verified: ${users.rows} accounts, ${audit.rows} rows of audit.`, signedBy(claim.key)].join(
            '\n',
          ),
        )
      } finally {
        if (start !== undefined) closeSync(input)
        await opened.close()
      }
    })
  examples(restoring, [
    'bulkhead manager restore november.backup --state /var/lib/bulkhead/manager',
    'on a new machine, before its first start',
  ])
}

export const registerBackupCommands = (manager: Command): void => {
  registerBackup(manager)
  registerRestore(manager)
}
