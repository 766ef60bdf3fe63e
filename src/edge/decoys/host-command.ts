/** How the decoy host is started: by whom nobody is, where nothing is. Pure. */
import { nodeFlags } from '../node-flags.ts'

/** Sockets and files that it may hold: connections in all, and its listening sockets. */
const openFiles = 8192
/** Bytes of heap, in MB; V8 ends the process beyond. */
const heapMb = 256
/** MB of the young generation: what comes in is short-lived, and V8 would give it 128 under load. */
const youngMb = 4
export const nobody = '65534'

/** Those of Node. */
export const hostFlags: readonly string[] = [
  ...nodeFlags,
  `--max-old-space-size=${heapMb}`,
  `--max-semi-space-size=${youngMb}`,
]

export interface HostCommand {
  readonly program: string
  readonly args: readonly string[]
}

const words = (text: string): string[] => text.split(' ').filter((word) => word !== '')

/**
 * An empty network of its own, no capability and no way to one, few files, no core, and it ends when its parent does. Only listening
 * sockets that it is handed lead to the wire.
 * @param changesUser whether this process may become somebody else: root of the machine, not of a user namespace
 */
export const hostCommand = (node: string, script: string, changesUser: boolean): HostCommand => ({
  program: 'unshare',
  args: [
    // The daemon is spared when memory runs out; what it starts here goes first.
    ...words('--net -- choom -n 500 -- setpriv --no-new-privs --bounding-set=-all --inh-caps=-all --pdeathsig KILL'),
    ...words(changesUser ? `--reuid=${nobody} --regid=${nobody} --clear-groups` : ''),
    ...words(`-- prlimit --nofile=${openFiles} --core=0 --fsize=0 --`),
    node,
    ...hostFlags,
    script,
  ],
})

/**
 * Whether ids of a user namespace are those of the machine.
 * @param map /proc/self/uid_map: first id here, first id outside, how many (user_namespaces(7))
 */
export const isWholeMachine = (map: string): boolean => /^\s*0\s+0\s+4294967295\s*$/.test(map)
