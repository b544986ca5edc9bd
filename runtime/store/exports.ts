export interface WrittenFile {
  /** Below the project's folder, with forward slashes. */
  readonly path: string
  readonly bytes: number
  readonly mtimeMs: number
  /** 64 hex digits. */
  readonly sha256: string
}
