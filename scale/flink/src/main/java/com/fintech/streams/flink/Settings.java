package com.fintech.streams.flink;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/** The command line: `--name value`. */
record Settings(
        String bootstrap,
        String backend,
        int parallelism,
        int runs,
        Path rules,
        Path state,
        String outputPrefix,
        long checkpointMs,
        long managedMb) {
    private static final Set<String> NAMES = Set.of(
            "bootstrap", "backend", "parallelism", "runs", "rules", "state", "output-prefix", "checkpoint-ms", "managed-mb");

    /** @throws IllegalArgumentException whose message says what is wrong. */
    static Settings parse(String[] args) {
        Map<String, String> given = new HashMap<>();
        for (int at = 0; at < args.length; at += 2) {
            String name = args[at].startsWith("--") ? args[at].substring(2) : "";
            if (!NAMES.contains(name)) throw new IllegalArgumentException("unknown setting " + args[at]);
            if (at + 1 == args.length) throw new IllegalArgumentException(args[at] + " needs a value");
            given.put(name, args[at + 1]);
        }
        for (String name : Set.of("bootstrap", "rules", "state")) {
            if (!given.containsKey(name)) throw new IllegalArgumentException("--" + name + " is required");
        }
        String backend = given.getOrDefault("backend", "hashmap");
        if (!Set.of("hashmap", "rocksdb").contains(backend)) {
            throw new IllegalArgumentException("--backend is hashmap or rocksdb");
        }
        return new Settings(
                given.get("bootstrap"),
                backend,
                Integer.parseInt(given.getOrDefault("parallelism", "1")),
                Integer.parseInt(given.getOrDefault("runs", "1")),
                Path.of(given.get("rules")),
                Path.of(given.get("state")).toAbsolutePath(),
                given.getOrDefault("output-prefix", "flink.analytics."),
                Long.parseLong(given.getOrDefault("checkpoint-ms", "10000")),
                Long.parseLong(given.getOrDefault("managed-mb", "1024")));
    }
}
