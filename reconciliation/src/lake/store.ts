/** Where a lake's files are: a local folder or a bucket. Keys are relative paths with slashes. */
export interface LakeStore {
  /** What the store is, for people. */
  readonly address: string
  /** Makes a finished local file visible under its key, whole or not at all. The local file is gone afterwards. */
  publish(localFile: string, key: string): Promise<void>
  /**
   * Writes a small object that must not be there yet, whole or not at all.
   * @returns false when the key is taken.
   */
  createIfAbsent(key: string, body: string): Promise<boolean>
  read(key: string): Promise<string>
  /** A local path at which the file can be read; a bucket's file is fetched to the cache first. */
  localPath(key: string): Promise<string>
  /** How another program finds what is under a key, or a prefix of keys: a path, or a URL as Hadoop has it. */
  uri(key: string): string
  /** Keys under a prefix, sorted. */
  list(prefix: string): Promise<string[]>
  /** Removes keys; one that is not there is no error. */
  remove(keys: readonly string[]): Promise<void>
}
