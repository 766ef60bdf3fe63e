/** A machine with systemd of its own: the root of this one behind an overlay, without its services, and all namespaces new. */
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const script = fileURLToPath(new URL('boot.sh', import.meta.url))
const checkout = fileURLToPath(new URL('../../../', import.meta.url))

const childrenOf = (pid: number): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((one) => {
      try {
        return readFileSync(`/proc/${one}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1] === String(pid)
      } catch {
        return false
      }
    })

export class Machine {
  readonly root: string
  readonly #group: string
  #process: ChildProcess | undefined
  #init = 0

  constructor() {
    const home = mkdtempSync('/run/machine-')
    const [upper, work] = [join(home, 'upper'), join(home, 'work')]
    this.root = join(home, 'root')
    for (const folder of [upper, work, this.root]) mkdirSync(folder)
    execFileSync('mount', ['-t', 'overlay', '-o', `lowerdir=/,upperdir=${upper},workdir=${work}`, 'overlay', this.root])
    const tidy =
      'rm -rf etc/systemd/system/* etc/init.d etc/rc?.d usr/local/bin/bulkhead usr/bin/bulkhead var/lib/bulkhead'
    execFileSync('sh', [
      '-c',
      `cd "$1" && ${tidy} && mkdir -p opt/bulkhead && mount --bind "$2" opt/bulkhead`,
      'sh',
      this.root,
      checkout,
    ])
    symlinkSync('/opt/bulkhead/bulkhead', join(this.root, 'usr/local/bin/bulkhead'))
    execFileSync('mount', ['-t', 'cgroup2', 'cgroup2', '/sys/fs/cgroup'])
    const own = /^0::(.*)$/m.exec(readFileSync('/proc/self/cgroup', 'utf8'))?.[1] ?? '/'
    this.#group = join('/sys/fs/cgroup', own, `bulkhead-${process.pid}`)
  }

  async boot(): Promise<void> {
    mkdirSync(this.#group, { recursive: true })
    const namespaces = ['--net', '--mount', '--pid', '--uts', '--ipc', '--cgroup', '--fork', '--kill-child']
    const words = ['unshare', ...namespaces, 'sh', script, this.root].map((word) => `'${word}'`).join(' ')
    const child = spawn('sh', ['-c', `echo $$ >'${this.#group}/cgroup.procs' && exec ${words}`], {
      stdio: ['ignore', 'inherit', 'inherit'],
    })
    this.#process = child
    for (let tries = 0; tries < 200; tries++) {
      await sleep(50)
      this.#init = childrenOf(child.pid ?? 0)[0] ?? 0
      const { stdout } = await this.do('systemctl', 'is-system-running')
      if (/^(running|degraded|starting)/.test(stdout)) return
    }
    throw new Error('systemd does not run')
  }

  /** As power that fails. */
  async off(): Promise<void> {
    const child = this.#process
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return
    const gone = new Promise((resolve) => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
    const empty = `find '${this.#group}' -depth -type d -exec rmdir {} +`
    for (let tries = 0; tries < 100; tries++) {
      const { code } = await this.#try('sh', ['-c', empty])
      if (code === 0) return
      await sleep(50)
    }
  }

  /** Runs a command in it. */
  do(...words: readonly string[]): Promise<{ code: number; stdout: string }> {
    const path = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
    return this.#try('nsenter', [`--target=${this.#init}`, '--all', '--root', '--wd', 'env', '-i', path, ...words])
  }

  /** Runs lines of a shell in the checkout, as a person would, and gives what they print. @throws Error when they fail */
  async type(lines: string): Promise<string> {
    const { code, stdout } = await this.do('sh', '-c', `cd /opt/bulkhead; { ${lines}\n} 2>&1`)
    if (code !== 0) throw new Error(`${lines}: ${stdout}`)
    return stdout
  }

  write(path: string, text: string): void {
    mkdirSync(join(this.root, path, '..'), { recursive: true })
    writeFileSync(join(this.root, path), text)
  }

  #try(program: string, words: readonly string[]): Promise<{ code: number; stdout: string }> {
    return new Promise((resolve) => {
      execFile(program, words, { timeout: 120_000 }, (error, stdout) => {
        resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stdout })
      })
    })
  }
}
