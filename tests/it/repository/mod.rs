//! Rules for the files of this repository.

mod attribute_names_are_in_one_file;
mod rooms_use_only_lower_floors;
mod the_compose_file_sets_only_variables_that_exist;
