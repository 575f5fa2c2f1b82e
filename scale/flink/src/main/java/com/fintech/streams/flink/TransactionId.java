package com.fintech.streams.flink;

import java.io.IOException;
import org.apache.flink.api.common.typeutils.SimpleTypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.TypeSerializerSnapshot;
import org.apache.flink.api.common.typeutils.base.TypeSerializerSingleton;
import org.apache.flink.core.memory.DataInputView;
import org.apache.flink.core.memory.DataOutputView;

/** A UUID as a key of state: immutable, so that state which is copied while a checkpoint runs shares it. */
record TransactionId(long high, long low) {

    static TransactionId parse(String uuid) {
        long high = 0;
        long low = 0;
        for (int at = 0; at < 36; at++) {
            char digit = uuid.charAt(at);
            if (digit == '-') continue;
            int nibble = digit <= '9' ? digit - '0' : digit - 'a' + 10;
            if (at < 18) high = high << 4 | nibble;
            else low = low << 4 | nibble;
        }
        return new TransactionId(high, low);
    }

    @Override
    public int hashCode() {
        return Long.hashCode(high * 31 + low);
    }

    /** 16 bytes. */
    public static final class Serializer extends TypeSerializerSingleton<TransactionId> {
        private static final long serialVersionUID = 1L;
        static final Serializer INSTANCE = new Serializer();

        @Override
        public void serialize(TransactionId id, DataOutputView out) throws IOException {
            out.writeLong(id.high);
            out.writeLong(id.low);
        }

        @Override
        public TransactionId deserialize(DataInputView in) throws IOException {
            return new TransactionId(in.readLong(), in.readLong());
        }

        @Override
        public TransactionId deserialize(TransactionId reuse, DataInputView in) throws IOException {
            return deserialize(in);
        }

        @Override
        public void copy(DataInputView in, DataOutputView out) throws IOException {
            out.write(in, getLength());
        }

        @Override
        public TransactionId copy(TransactionId from) {
            return from;
        }

        @Override
        public TransactionId copy(TransactionId from, TransactionId reuse) {
            return from;
        }

        @Override
        public TransactionId createInstance() {
            return new TransactionId(0, 0);
        }

        @Override
        public boolean isImmutableType() {
            return true;
        }

        @Override
        public int getLength() {
            return 2 * Long.BYTES;
        }

        @Override
        public TypeSerializerSnapshot<TransactionId> snapshotConfiguration() {
            return new Snapshot();
        }
    }

    /** The format has one version. */
    public static final class Snapshot extends SimpleTypeSerializerSnapshot<TransactionId> {
        public Snapshot() {
            super(() -> Serializer.INSTANCE);
        }
    }
}
