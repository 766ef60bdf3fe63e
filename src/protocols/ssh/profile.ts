/** What can be offered; real devices offer some of it. */
export type SshKex =
  | 'curve25519-sha256'
  | 'curve25519-sha256@libssh.org'
  | 'ecdh-sha2-nistp256'
  | 'ecdh-sha2-nistp384'
  | 'ecdh-sha2-nistp521'
  | 'diffie-hellman-group14-sha256'
  | 'diffie-hellman-group14-sha1'
  | 'diffie-hellman-group1-sha1'
export type SshCipher =
  | 'chacha20-poly1305@openssh.com'
  | 'aes128-ctr'
  | 'aes192-ctr'
  | 'aes256-ctr'
  | 'aes128-cbc'
  | 'aes256-cbc'
export type SshMac = 'hmac-sha1' | 'hmac-sha2-256' | 'hmac-sha2-512' | 'hmac-md5'

/** What a persona shows over SSH (RFC 4253). The lists in the order of the device. */
export interface SshProfile {
  /** Behind `SSH-2.0-`: `dropbear_2024.85`. */
  readonly software: string
  readonly hostKeys: readonly ('ssh-ed25519' | 'ecdsa-sha2-nistp256')[]
  readonly kex: readonly SshKex[]
  readonly ciphers: readonly SshCipher[]
  readonly macs: readonly SshMac[]
  readonly compression: readonly ('zlib@openssh.com' | 'zlib' | 'none')[]
  /** Ways to authenticate that it names. */
  readonly methods: readonly ('password' | 'publickey' | 'keyboard-interactive')[]
  /** Shown before the login. */
  readonly banner?: string
  /** Logins before it ends a connection. */
  readonly tries: number
}

/** Dropbear of 2024, as embedded Linux builds it (its default options). */
export const dropbear: SshProfile = {
  software: 'dropbear_2024.85',
  hostKeys: ['ssh-ed25519', 'ecdsa-sha2-nistp256'],
  kex: [
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'ecdh-sha2-nistp521',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp256',
    'diffie-hellman-group14-sha256',
  ],
  ciphers: ['chacha20-poly1305@openssh.com', 'aes128-ctr', 'aes256-ctr'],
  macs: ['hmac-sha1', 'hmac-sha2-256'],
  compression: ['zlib@openssh.com', 'none'],
  methods: ['publickey', 'password'],
  tries: 10,
}

export const isSshProfile = (value: unknown): value is SshProfile =>
  typeof value === 'object' && value !== null && 'software' in value && 'kex' in value && 'hostKeys' in value
