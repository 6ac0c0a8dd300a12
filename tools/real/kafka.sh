#!/usr/bin/env bash
# Brings a real Apache Kafka to .kafka/libs: its jars by their Maven coordinates, nothing else. Brokers are
# started from there by kernel/testing/kafka.ts. Needs mvn, once, and Java 17 or newer; repeatable.
set -euo pipefail
cd "$(dirname "$0")/../.."
version=4.1.0
home=$PWD/.kafka
complete="$home/libs/.complete-$version"
[ -f "$complete" ] && exit 0

mkdir -p "$home"
rm -rf "$home/libs"
cat >"$home/pom.xml" <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>kafka-libs</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$version</version></dependency>
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.24.3</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B -f "$home/pom.xml" dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$home/libs"
touch "$complete"
