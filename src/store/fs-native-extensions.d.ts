/** What `work` uses of `fs-native-extensions`, which comes without types. */
declare module 'fs-native-extensions' {
  /** Takes the lock of an open file unless another open file has it; says whether it did. */
  export function tryLock(fd: number): boolean
  /** Waits in the kernel until the lock of an open file is free, then takes it. */
  export function waitForLock(fd: number): Promise<void>
}
