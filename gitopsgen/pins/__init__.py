"""What a repository has pinned beyond its packs: digests of base images, commits of actions, versions of tools."""
