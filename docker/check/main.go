// Reads a compose file as docker compose does, with compose's own loader (the version that compose 2.40.3 has), and prints
// the project that it makes of it as JSON, with the services of every profile. A file that compose would refuse is an
// error that says where.
//
//	check docker-compose.yml [NAME=value …]
//
// Variables come from the arguments and from nowhere else, so the answer is the same on every machine.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "check: name a compose file (check docker-compose.yml [NAME=value …])")
		os.Exit(2)
	}
	project, err := load(os.Args[1], os.Args[2:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "check: %v\n", err)
		os.Exit(1)
	}
	os.Stdout.Write(project)
}

func load(file string, environment []string) ([]byte, error) {
	options, err := cli.NewProjectOptions([]string{file}, cli.WithEnv(environment), cli.WithProfiles([]string{"*"}))
	if err != nil {
		return nil, err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return nil, err
	}
	return project.MarshalJSON()
}
