import type {
  V1Container,
  V1ContainerState,
  V1Job,
  V1Pod,
  V1PodSpec,
  V1Secret,
} from '@kubernetes/client-node';

/** The client's types are classes, of which what it takes and gives need not be. */
type Plain<T> = T extends Date
  ? Date
  : T extends (infer U)[]
    ? Plain<U>[]
    : T extends object
      ? { [K in keyof T]: Plain<T[K]> }
      : T;

export type Job = Plain<V1Job>;
export type Pod = Plain<V1Pod>;
export type PodSpec = Plain<V1PodSpec>;
export type Container = Plain<V1Container>;
export type ContainerState = Plain<V1ContainerState>;
export type Secret = Plain<V1Secret>;
